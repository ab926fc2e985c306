// Bundles the dashboard and writes it as a C++ source: build.mjs NODE_MODULES OUTPUT.cpp
//
// Every file but the page is named after its content, so that browsers may keep it for ever.
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { gzipSync } from 'node:zlib';

const [modules, output] = process.argv.slice(2).map((name) => path.resolve(name));
const folder = import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname);
const { buildSync } = createRequire(path.join(modules, 'index.js'))('esbuild');

const hash = (content) => createHash('sha256').update(content).digest('hex').slice(0, 16);

/** What one entry becomes: a script, or a style sheet. */
function bundle(entry, define = {}) {
  const result = buildSync({
    absWorkingDir: folder,
    entryPoints: [entry],
    bundle: true,
    write: false,
    minify: true,
    format: 'iife',
    target: 'es2022',
    charset: 'utf8',
    // Their texts are in licenses.txt.
    legalComments: 'none',
    nodePaths: [modules],
    define,
  });
  return Buffer.from(result.outputFiles[0].contents);
}

/** The licenses of what is bundled, as they ask for. */
function licenses() {
  const names = ['@dagrejs/dagre', '@dagrejs/graphlib', 'uplot'];
  const text = names.map((name) => {
    const license = readFileSync(path.join(modules, name, 'LICENSE'), 'utf8');
    return `${name}\n\n${license.trim()}\n`;
  });
  return Buffer.from(text.join('\n\n'));
}

const assets = [];
/** Adds a file and answers its address. */
function add(name, type, content) {
  const { name: stem, ext } = path.parse(name);
  const address = `/assets/${stem}-${hash(content)}${ext}`;
  assets.push({ address, type, content });
  return address;
}

const script = 'text/javascript; charset=utf-8';
const worker = add('layout.js', script, bundle('layout_worker.ts'));
const addresses = {
  main: add('main.js', script, bundle('main.ts', { LAYOUT_WORKER: JSON.stringify(worker) })),
  style: add('style.css', 'text/css; charset=utf-8', bundle('style.css')),
  icon: add('icon.svg', 'image/svg+xml', readFileSync(path.join(folder, 'icon.svg'))),
  licenses: add('licenses.txt', 'text/plain; charset=utf-8', licenses()),
};
const page = readFileSync(path.join(folder, 'index.html'), 'utf8').replace(
  /\{\{(\w+)\}\}/g,
  (_, name) => addresses[name],
);
assets.push({ address: '/', type: 'text/html; charset=utf-8', content: Buffer.from(page) });

/** Bytes as lines of C++ string literals. */
function literal(content) {
  const lines = [];
  for (let at = 0; at < content.length; at += 64) {
    let line = '';
    for (const byte of content.subarray(at, at + 64)) {
      const plain = byte >= 0x20 && byte < 0x7f && byte !== 0x22 && byte !== 0x5c && byte !== 0x3f;
      line += plain ? String.fromCharCode(byte) : `\\${byte.toString(8).padStart(3, '0')}`;
    }
    lines.push(`    "${line}"`);
  }
  return `std::string_view(\n${lines.join('\n')},\n    ${content.length})`;
}

const entries = assets.map(({ address, type, content }) => {
  const parts = [address, type, hash(content)].map((text) => JSON.stringify(text));
  const gzipped = gzipSync(content, { level: 9 });
  return `    Asset{${parts.join(', ')},\n    ${literal(content)},\n    ${literal(gzipped)}},\n`;
});
writeFileSync(
  output,
  `// Written by src/dashboard/build.mjs.
#include <array>

#include "http/dashboard.hpp"

namespace weir::http {

std::span<const Asset> assets() {
  static constexpr std::array all{
${entries.join('')}  };
  return all;
}

}  // namespace weir::http
`,
);
