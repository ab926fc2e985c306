// A daemon's answers made up by a test, for what a real one says only in trouble, or never.

const port = (name, direction, packets) => ({ name, direction, connected: true, packets });

export function process_of(name, more = {}) {
  return {
    name,
    component: 'core/work',
    activity: 'running',
    ports: [port('in', 'in', 10), port('out', 'out', 10)],
    in: 10,
    out: 10,
    created: 0,
    ended: { consumed: 0, filtered: 0, error: 0, drained: 0 },
    held: 0,
    concurrency: 1,
    errors: 0,
    errors_by_kind: {},
    ...more,
  };
}

export function connection(from, to, more = {}) {
  return {
    name: `${from}.out -> ${to}.in`,
    from: `${from}.out`,
    to: `${to}.in`,
    packets: 0,
    bytes: 0,
    capacity: 64,
    overflow: 0,
    dropped: 0,
    ...more,
  };
}

export function chain(names) {
  return {
    name: 'made-up',
    generation: 1,
    phase: 'running',
    processes: names.map((name) => process_of(name)),
    connections: names.slice(1).map((name, at) => connection(names[at], name)),
  };
}

export function report_of(graph, more = {}) {
  const state = { busy: 0.5, waiting: 0, starved: 0.5, blocked: 0, throttled: 0, ready: 0 };
  return {
    generation: graph.generation,
    window_s: 5,
    throughput_pps: 41230,
    limit: null,
    reason: 'idle',
    sources: [],
    changes: [],
    symptoms: [],
    processes: graph.processes.map(({ name }) => ({
      name,
      state,
      service_us: 24.1,
      visits: 1,
      capacity_pps: 41480,
      throughput_pps: 41230,
      concurrency: 1,
      concurrency_max: 8,
      errors: 0,
    })),
    ...more,
  };
}

/** Answers a page's feed with frames of the test's own. Answers the function that sends one. */
export async function made_up_feed(page, first) {
  let socket = null;
  await page.routeWebSocket('**/api/v1/events', (opened) => {
    socket = opened;
    send(first);
  });
  await page.route('**/api/v1/decisions', (route) => route.fulfill({ json: [] }));
  const send = ({ graph, report }) =>
    socket.send(JSON.stringify({ time: new Date().toISOString(), graph, report }));
  return send;
}
