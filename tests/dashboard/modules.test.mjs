import assert from 'node:assert/strict';
import test from 'node:test';
import { load } from './load.mjs';

const format = await load('format');
/** As format's, with ordinary blanks. */
const plain = (name) => (value) => format[name](value).replaceAll('\u00a0', ' ');
const [count, rate, percent, span, bytes] = ['count', 'rate', 'percent', 'span', 'bytes'].map(plain);
const { shorten } = format;
const { History } = await load('history');
const { neighbour } = await load('steering');
const { fold } = await load('fold');
const { level } = await load('fullness');

test('numbers have three digits that count', () => {
  for (const [value, text] of [[0, '0'], [7, '7'], [0.4219, '0.42'], [930, '930'], [999.96, '1.00 k'],
    [41230, '41.2 k'], [999499, '999 k'], [999600, '1.00 M'], [1e15, '1000 T'], [NaN, '–'], [null, '–']]) {
    assert.equal(count(value), text, String(value));
  }
  assert.equal(rate(41230), '41.2 k/s');
  assert.equal(rate(5), '5 /s');
  assert.deepEqual([0, 0.001, 0.5, 1].map(percent), ['0 %', '<1 %', '50 %', '100 %']);
  assert.deepEqual([0, 2.4e-5, 0.0123, 2, 600, 9000].map(span),
    ['0 s', '24.0 µs', '12.3 ms', '2.00 s', '10 min', '2.50 h']);
  assert.deepEqual([0, 1023, 1536, 1 << 30].map(bytes), ['0 B', '1023 B', '1.50 KiB', '1.00 GiB']);
});

test('long names keep both ends', () => {
  assert.equal(shorten('parse', 22), 'parse');
  const short = shorten(`first${'x'.repeat(50)}last`, 22);
  assert.equal([...short].length, 22);
  assert.match(short, /^first.*…x*last$/);
  assert.equal([...shorten('😀'.repeat(30), 10)].length, 10);
});

const frame = (time, sent, inside = 0, report = null, phase = 'running') => ({
  time,
  report,
  graph: {
    phase,
    processes: [{ ports: [{ direction: 'out', connected: true }], out: sent, held: inside }],
    connections: [{ packets: inside }],
  },
});

test('throughput is that of the report, or what the sources sent in between', () => {
  const history = new History();
  history.add(frame(1000, 100));
  history.add(frame(2000, 300));
  history.add(frame(3000, 300, 0, { throughput_pps: 77 }));
  assert.deepEqual(history.throughput, [null, 200, 77]);
  history.add(frame(4000, 5));
  assert.equal(history.latest_throughput, null, 'a restart is no negative throughput');
  history.add(frame(5000, 5, 0, { throughput_pps: 77 }, 'ended'));
  assert.equal(history.latest_throughput, 0);
});

test('latency is what is inside over the throughput', () => {
  const history = new History();
  history.add(frame(1000, 0, 10, { throughput_pps: 200 }));
  assert.equal(history.latest_latency, 20 / 200);
  history.add(frame(2000, 0, 10, { throughput_pps: 0 }));
  assert.equal(history.latest_latency, null);
});

test('where no figures came, the line is broken', () => {
  const history = new History();
  history.add(frame(1000, 0));
  history.add(frame(60000, 100));
  assert.deepEqual(history.times, [1, 2, 60]);
  assert.equal(history.throughput[1], null);
  history.add(frame(60000, 100));
  assert.equal(history.times.length, 3, 'the same moment twice');
});

test('minutes are kept, not hours', () => {
  const history = new History();
  for (let second = 0; second < 2000; ++second) history.add(frame(second * 1000, second));
  assert.equal(history.times.length, 600);
  assert.equal(history.times.at(-1), 1999);
});

test('an arrow goes to the nearest in its direction', () => {
  const places = new Map([['a', { x: 0, y: 0 }], ['b', { x: 100, y: 0 }], ['c', { x: 100, y: 90 }],
    ['d', { x: 0, y: 90 }]]);
  assert.equal(neighbour(places, 'a', 'ArrowRight'), 'b');
  assert.equal(neighbour(places, 'a', 'ArrowDown'), 'd');
  assert.equal(neighbour(places, 'c', 'ArrowLeft'), 'd');
  assert.equal(neighbour(places, 'a', 'ArrowLeft'), null);
  assert.equal(neighbour(places, 'a', 'Enter'), null);
});

test('a long chain is broken into rows that fit their place', () => {
  const length = 100;
  const places = Array.from({ length }, (_, at) => ({ x: 100 + at * 300, y: 50 }));
  const lines = places.slice(1).map((_, at) => ({ from: at, to: at + 1 }));
  const layout = { serial: 1, boxes: places, lines: lines.map(() => []), width: 29900, height: 100 };
  for (const vertical of [false, true]) {
    const turned = vertical && {
      boxes: places.map(({ x, y }) => ({ x: y, y: x })),
      width: layout.height,
      height: layout.width,
    };
    const folded = fold({ ...layout, ...turned }, { lines, vertical, aspect: vertical ? 0.5 : 2 });
    const shape = folded.width / folded.height;
    assert.ok(shape > 0.2 && shape < 6, `${folded.width} x ${folded.height}`);
    const cells = new Set(folded.boxes.map(({ x, y }) => `${x} ${y}`));
    assert.equal(cells.size, length, 'no box lies on another');
    for (const { x, y } of folded.boxes) {
      assert.ok(x > 0 && y > 0 && x < folded.width && y < folded.height);
    }
  }
  const small = { ...layout, width: 300, height: 200 };
  assert.equal(fold(small, { lines, vertical: false, aspect: 2 }), small);
});

test('a connection is told to be full before it is', () => {
  assert.deepEqual([0, 0.05, 0.5, 0.9, 1.5].map(level), ['empty', 'some', 'most', 'full', 'full']);
});
