// scenarios.mjs NAME URL [MORE]: drives the dashboard of a real weir as a user would. Waits for what
// shall be seen; a word on standard output asks the caller to do something, and a line on standard
// input says that it is done.
import assert from 'node:assert/strict';
import { createInterface } from 'node:readline';
import { Browser, drawn, no_sideways_scroll, says, text_of } from './browser.mjs';
import { chain, connection, made_up_feed, process_of, report_of } from './frames.mjs';

const [name, url, ...more] = process.argv.slice(2);
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

async function ask(what) {
  console.log(what);
  await lines.next();
}

/** The relative luminance of colours and their contrast, after WCAG 2.2. */
function contrasts() {
  const luminance = (colour) => {
    const parts = colour.match(/[0-9a-f]{2}/gi).map((hex) => parseInt(hex, 16) / 255);
    const [r, g, b] = parts.map((c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const style = getComputedStyle(document.documentElement);
  const contrast = (a, b) => {
    const both = [a, b].map((each) => luminance(style.getPropertyValue(each).trim()));
    return (Math.max(...both) + 0.05) / (Math.min(...both) + 0.05);
  };
  const found = {};
  for (const ground of ['--panel', '--ground']) {
    for (const text of ['--text', '--soft', '--accent', '--alarm', '--limit']) {
      found[`${text} on ${ground}`] = contrast(text, ground) / 4.5;
    }
    const shapes = ['busy', 'waiting', 'starved', 'blocked', 'throttled', 'ready', 'edge', 'control'];
    for (const shape of shapes) found[`${shape} on ${ground}`] = contrast(`--${shape}`, ground) / 3;
  }
  for (const text of ['--text', '--soft', '--limit']) {
    found[`${text} on the verdict`] = contrast(text, '--limit-ground') / 4.5;
  }
  return found;
}

const scenarios = {
  /** Processes, connections, figures, errors and decisions are on the page. */
  async shows(browser) {
    const [link] = more;
    const page = await browser.open(url);
    await drawn(page, 4);
    assert.deepEqual(
      await page.locator('.node').evaluateAll((nodes) => nodes.map((n) => n.dataset.process).sort()),
      ['end', 'make', 'reject', 'work'],
    );
    assert.deepEqual(
      await page.locator('.edge').evaluateAll((edges) => edges.map((e) => e.dataset.connection).sort()),
      ['make.out -> work.in', 'work.error -> reject.in', 'work.out -> end.in'],
    );
    assert.equal(await text_of(page, '#graph-name'), 'shown');
    await page.waitForSelector(`body[data-link="${link}"]`);
    await says(page, '#phase', /running/);
    await says(page, '#now-throughput', /\d.*\/s/);
    await says(page, '#now-errors', /⚠ \d/);
    await says(page, '#errors', /work.*injected \d/);
    await says(page, '#throughput-value', /\d.*\/s/);
    assert.equal(await page.locator('.plot canvas, #throughput-plot canvas').count(), 1);
    assert.equal(await page.locator('#processes tr').count(), 4);
    await page.locator('#filter').fill('rej');
    assert.equal(await page.locator('#processes tr').count(), 1);
    // Figures move without a touch.
    const before = await text_of(page, '#now-errors');
    await page.waitForFunction(
      (old) => document.querySelector('#now-errors').textContent !== old,
      before,
    );
  },

  /** From the address bar to a process, round the graph, into its detail and back. */
  async keyboard(browser) {
    const page = await browser.open(url);
    await drawn(page, 4);
    const focused = () => page.evaluate(() => document.activeElement?.dataset?.process ?? null);
    for (let presses = 0; (await focused()) === null; ++presses) {
      assert.ok(presses < 30, 'Tab does not reach the graph');
      await page.keyboard.press('Tab');
    }
    assert.equal(await focused(), 'make');
    const outline = await page
      .locator('.node:focus-visible .box')
      .evaluate((box) => parseFloat(getComputedStyle(box).strokeWidth));
    assert.ok(outline >= 3, 'the focus can be seen');
    await page.keyboard.press('ArrowRight');
    assert.equal(await focused(), 'work');
    await page.keyboard.press('ArrowLeft');
    assert.equal(await focused(), 'make');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Enter');
    assert.equal(await text_of(page, '#detail-title'), 'work');
    assert.ok(await page.evaluate(() => document.activeElement.closest('#detail') !== null));
    await says(page, '#detail-figures', /packets in/);
    assert.match(await text_of(page, '#detail-connections'), /make\.out -> work\.in/);
    for (let presses = 0; ; ++presses) {
      assert.ok(presses < 30, 'Tab does not reach the tap of the port');
      if (await page.evaluate(() => document.activeElement.dataset.tap === 'work.out')) break;
      await page.keyboard.press('Tab');
    }
    await page.keyboard.press('Enter');
    assert.equal(await text_of(page, '#tap-title'), 'Packets at work.out');
    await page.keyboard.press('Escape');
    assert.ok(!(await page.locator('#detail').isVisible()));
    assert.equal(await focused(), 'work', 'the focus is where it was');
    assert.equal(await page.locator('.node[tabindex="0"]').count(), 1);
  },

  /** Both schemes keep the contrasts of WCAG AA. */
  async schemes(browser) {
    const grounds = new Set();
    for (const colorScheme of ['light', 'dark']) {
      const page = await browser.open(url, { colorScheme });
      await drawn(page, 4);
      grounds.add(await page.evaluate(() => getComputedStyle(document.body).backgroundColor));
      for (const [pair, part] of Object.entries(await page.evaluate(contrasts))) {
        assert.ok(part >= 1, `${pair} in ${colorScheme}: ${part.toFixed(2)} of what AA asks for`);
      }
    }
    assert.equal(grounds.size, 2);
  },

  /** A phone scrolls down, never sideways; nor does a small window with a detail open. */
  async phone(browser) {
    const page = await browser.open(url, { viewport: { width: 390, height: 844 }, hasTouch: true });
    await drawn(page, 4);
    await no_sideways_scroll(page);
    await page.locator('[data-process="work"]').tap();
    await says(page, '#detail-figures', /packets in/);
    await no_sideways_scroll(page);
    const width = await page.locator('#detail').evaluate((panel) => panel.offsetWidth);
    assert.ok(width <= 390);
    await page.locator('#detail-close').tap();
    await page.setViewportSize({ width: 320, height: 700 });
    await no_sideways_scroll(page);
  },

  /** Five hundred are drawn, can be walked through, and are told new figures. */
  async many(browser) {
    const page = await browser.open(url);
    await drawn(page, 500);
    assert.equal(await page.locator('.edge').count(), 499);
    const node = page.locator('[data-process="p250"]');
    await node.focus();
    await page.keyboard.press('ArrowRight');
    assert.notEqual(await page.evaluate(() => document.activeElement.dataset.process), 'p250');
    await page.keyboard.press('Enter');
    await page.locator('#detail-figures').getByText('packets in').waitFor();
    const figure = () => text_of(page, '#detail-figures');
    const before = await figure();
    await page.waitForFunction(
      (old) => document.querySelector('#detail-figures').textContent.trim() !== old,
      before,
    );
    assert.equal(await page.locator('.node').count(), 500, 'and nothing is drawn anew');
  },

  /** The daemon goes and comes back; the page says so and goes on. */
  async reconnect(browser) {
    const page = await browser.open(url);
    await drawn(page, 4);
    await ask('stop');
    await page.waitForSelector('body[data-link="gone"].stale');
    await says(page, '#link', /does not answer.*next try in \d+ s.*as of/);
    assert.ok(await page.locator('#content').isVisible(), 'the last figures stay');
    await page.locator('#retry').press('Enter');
    await page.waitForSelector('body[data-link="gone"]');
    await ask('start');
    await page.waitForSelector('body[data-link="live"], body[data-link="polling"]');
    assert.ok(!(await page.locator('#retry').isVisible()));
    await drawn(page, 4);
  },

  /** Where the token is asked for, the page asks for it, and keeps a cookie that no script sees. */
  async login(browser) {
    const [token] = more;
    const page = await browser.open(url);
    await page.waitForSelector('#login:not([hidden])');
    assert.ok(!(await page.locator('#content').isVisible()));
    await page.locator('#token').fill('wrong');
    await page.keyboard.press('Enter');
    await says(page, '#login-message', /not the one/);
    await page.locator('#token').fill(token);
    await page.keyboard.press('Enter');
    await drawn(page, 4);
    assert.ok(!(await page.locator('#login').isVisible()));
    const cookies = await page.context().cookies();
    assert.equal(cookies.length, 1);
    assert.deepEqual([cookies[0].httpOnly, cookies[0].sameSite], [true, 'Strict']);
    assert.ok(!cookies[0].value.includes(token));
    const kept = await page.evaluate(() => [document.cookie, localStorage.length, sessionStorage.length]);
    assert.deepEqual(kept, ['', 0, 0]);
    await page.reload();
    await drawn(page, 4);
    await page.context().clearCookies();
    await page.reload();
    await page.waitForSelector('#login:not([hidden])');
  },

  /** Where weir has no token to ask for, the page says how to set one. */
  async refused(browser) {
    const page = await browser.open(url);
    await says(page, '#link', /refused.*--admin-token-file/);
    assert.ok(!(await page.locator('#login').isVisible()));
    assert.ok(!(await page.locator('#content').isVisible()));
  },

  /** Text from graphs and packets is shown as text. */
  async hostile(browser) {
    const evil = '"><img src=x onerror=alert(1)><script>alert(2)</script>';
    const names = [evil, '__proto__', 'constructor', 'x'.repeat(300)];
    const graph = chain(names);
    graph.name = evil;
    graph.processes[0].component = evil;
    graph.processes[1].errors = 1;
    graph.processes[1].errors_by_kind = { [evil]: 1 };
    const report = report_of(graph, {
      limit: { process: evil, kind: 'cpu', confidence: 0.9, explanation: evil },
      changes: [{ change: { process: evil, concurrency: evil }, throughput_pps: 1, gain: 2, then: null }],
    });
    const page = await browser.open(url, { viewport: { width: 390, height: 844 } }, async (fresh) => {
      await made_up_feed(fresh, { graph, report });
      await fresh.route('**/api/v1/decisions', (route) =>
        route.fulfill({
          json: [{ id: 1, time: evil, process: evil, what: evil, from: evil, to: evil, why: evil,
            predicted: null, measured: null, undone: false }],
        }),
      );
      await fresh.routeWebSocket(/\/api\/v1\/tap\?port=/, (socket) => {
        const packet = { time: 'never', port: evil, packet: { text: evil }, attributes: { [evil]: evil } };
        socket.send(JSON.stringify(packet));
        socket.send('not JSON');
        socket.send(JSON.stringify({ packet_base64: '/w==', skipped: 3, truncated: true }));
      });
    });
    await drawn(page, 4);
    await no_sideways_scroll(page);
    assert.equal(await text_of(page, '#graph-name'), evil);
    await says(page, '#decisions', /onerror/);
    await says(page, '#verdict-text', /<script>/);
    await page.locator('.node').first().focus();
    await page.keyboard.press('Enter');
    await page.locator('[data-tap]:enabled').first().click();
    await says(page, '#tap-packets', /base64: \/w== … cut off/);
    await says(page, '#tap-packets', /onerror/);
    await says(page, '#tap-status', /2 seen, 3 passed unseen/);
    await no_sideways_scroll(page);
    const images = await page.locator('img:not(h1 img), #content script').count();
    assert.equal(images, 0);
  },

  /** The verdict in its kinds, and what is said where there is none. */
  async verdicts(browser) {
    const graph = chain(['read', 'parse', 'write']);
    graph.connections[0].packets = 64;
    graph.connections[1].dropped = 12;
    const limit = { process: 'parse', kind: 'cpu', confidence: 0.97, explanation: 'parse is busy.' };
    const change = {
      change: { process: 'parse', concurrency: 2 },
      throughput_pps: 78100,
      gain: 1.89,
      then: { process: 'write', kind: 'waiting' },
    };
    let send;
    const page = await browser.open(url, {}, async (fresh) => {
      send = await made_up_feed(fresh, { graph, report: report_of(graph, { limit, changes: [change] }) });
    });
    await page.waitForSelector('body[data-link="live"]');
    await drawn(page, 3);
    await says(page, '#verdict-title', /parse limits the graph/);
    await says(page, '#verdict-text', /^parse is busy\.$/);
    await says(page, '#changes', /×1\.89 parse: concurrency 2 → predicted 78\.1\sk\/s; then write/);
    const marked = () =>
      page.locator('.node.limits').evaluateAll((nodes) => nodes.map((n) => n.dataset.process).sort());
    assert.deepEqual(await marked(), ['parse']);
    await says(page, '[data-process="parse"]', /limits the graph/);
    await says(page, '[data-connection="read.out -> parse.in"]', /█ 100\s%/);
    await says(page, '[data-connection="parse.out -> write.in"]', /▼12/);

    const show = (more_of_report, more_of_graph = {}) => {
      const next = { ...graph, ...more_of_graph };
      send({ graph: next, report: report_of(next, more_of_report) });
    };
    show({ limit: { process: null, kind: 'deadlock', cycle: ['parse', 'write'] } });
    await says(page, '#verdict-title', /Deadlock: parse → write/);
    assert.deepEqual(await marked(), ['parse', 'write']);
    show({ limit: { process: 'read', kind: 'source', explanation: 'read is slow.' } });
    await says(page, '#verdict-title', /keeps up with read/);
    await says(page, '[data-process="read"]', /sets the pace/);
    show({ limit: { process: null, kind: 'cores', explanation: 'No more cores.' } });
    await says(page, '#verdict-title', /processor cores limit/);
    assert.deepEqual(await marked(), []);
    for (const [reason, said] of [['starting', /Starting/], ['idle', /Idle/], ['no_source', /No verdict/]]) {
      show({ limit: null, reason });
      await says(page, '#verdict-title', said);
    }
    for (const [phase, said] of [['starting', /starting/], ['draining', /draining/], ['ended', /finished/],
      ['failed', /failed/]]) {
      show({}, { phase });
      await says(page, '#phase', said);
    }
    // A changed graph is drawn anew, a changed figure is not.
    const next = { ...graph, generation: 2, processes: [...graph.processes, process_of('more')] };
    next.connections = [...graph.connections, connection('write', 'more')];
    send({ graph: next, report: report_of(next) });
    await drawn(page, 4);
    send({ graph: next, report: null });
    await says(page, '#verdict-text', /gives no report/);
  },

  /** A graph that has ended, of a weir that stays. */
  async finished(browser) {
    const page = await browser.open(url);
    await drawn(page, 2);
    await says(page, '#phase', /finished/);
    await says(page, '#verdict-title', /Finished/);
  },
};

const browser = await Browser.start();
try {
  await scenarios[name](browser);
} finally {
  await browser.end();
}
process.exit(0);
