// A browser without a window, and what every page in it must keep to: no script error, no violation
// of its policy, nothing executed that came as data.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import path from 'node:path';

const modules = path.join(process.env.WEIR_NPM, 'node_modules', 'index.js');
const { chromium } = createRequire(modules)('playwright-core');

const patience_ms = 60000;
/** What the browser itself reports of answers that are no success; the page shows those its own way. */
const network = /Failed to load resource|WebSocket connection to/;

export class Browser {
  static async start() {
    const self = new Browser();
    self.browser = await chromium.launch({
      executablePath: process.env.WEIR_CHROMIUM ?? '/usr/bin/chromium',
      headless: true,
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    });
    return self;
  }

  faults = [];

  /** A page of its own session. `before` may prepare it before anything is loaded. */
  async open(url, options = {}, before = async () => {}) {
    const context = await this.browser.newContext({
      viewport: { width: 1280, height: 900 },
      reducedMotion: 'reduce',
      ...options,
    });
    const page = await context.newPage();
    page.setDefaultTimeout(patience_ms);
    page.on('pageerror', (error) => this.faults.push(`error: ${error.message}`));
    page.on('dialog', (dialog) => this.faults.push(`a dialog: ${dialog.message()}`));
    page.on('console', (message) => {
      const bad = message.type() === 'error' || message.type() === 'warning';
      if (bad && !network.test(message.text())) this.faults.push(message.text());
    });
    await page.exposeFunction('report_violation', (text) => this.faults.push(text));
    await page.addInitScript(() => {
      document.addEventListener('securitypolicyviolation', (event) => {
        window.report_violation(`policy: ${event.violatedDirective} ${event.blockedURI}`);
      });
    });
    await before(page);
    await page.goto(url);
    return page;
  }

  async end() {
    await this.browser.close();
    assert.deepEqual(this.faults, []);
  }
}

/** Waits until all processes are drawn. */
export async function drawn(page, processes) {
  await page.waitForFunction(
    (count) => document.querySelectorAll('.node[aria-label]').length === count,
    processes,
  );
}

export async function text_of(page, selector) {
  return (await page.locator(selector).textContent()).trim();
}

/** Waits until a text matches. */
export async function says(page, selector, pattern) {
  await page.waitForFunction(
    ([where, source, flags]) =>
      new RegExp(source, flags).test(document.querySelector(where)?.textContent ?? ''),
    [selector, pattern.source, pattern.flags],
  );
}

export async function no_sideways_scroll(page) {
  const [content, window] = await page.evaluate(() => [
    document.documentElement.scrollWidth,
    document.documentElement.clientWidth,
  ]);
  assert.ok(content <= window, `the page is ${content} wide in a window of ${window}`);
}
