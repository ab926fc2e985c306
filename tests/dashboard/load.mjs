// Modules of the dashboard, without a browser.
import { createRequire } from 'node:module';
import path from 'node:path';

const modules = path.join(process.env.WEIR_NPM, 'node_modules');
const { buildSync } = createRequire(path.join(modules, 'index.js'))('esbuild');

export async function load(name) {
  const { outputFiles } = buildSync({
    entryPoints: [path.join(import.meta.dirname ?? new URL('.', import.meta.url).pathname,
      '../../src/dashboard', `${name}.ts`)],
    bundle: true,
    write: false,
    format: 'esm',
    nodePaths: [modules],
  });
  const text = Buffer.from(outputFiles[0].contents).toString('base64');
  return import(`data:text/javascript;base64,${text}`);
}
