// What the API answers, as far as the dashboard reads it. docs/admin-api.md is the description.

export interface Port {
  name: string;
  direction: 'in' | 'out';
  connected: boolean;
  packets: number;
}

export interface Process {
  name: string;
  component: string;
  activity: string;
  ports: Port[];
  in: number;
  out: number;
  created: number;
  ended: Record<string, number>;
  held: number;
  concurrency: number;
  errors: number;
  errors_by_kind: Record<string, number>;
}

export interface Connection {
  name: string;
  from: string;
  to: string;
  packets: number;
  bytes: number;
  capacity: number;
  overflow: number;
  dropped: number;
}

export type Phase = 'starting' | 'running' | 'draining' | 'ended' | 'failed';

export interface Graph {
  name: string;
  generation: number;
  phase: Phase;
  memory?: { budget: number | null; used: number; holds_sources: boolean };
  processes: Process[];
  connections: Connection[];
}

/** How a unit of concurrency spends its time, in the order in which it is shown. */
export const states = ['busy', 'waiting', 'starved', 'blocked', 'throttled', 'ready'] as const;
export type State = (typeof states)[number];

export interface Limit {
  process: string | null;
  kind: string;
  /** The pool, where that is what is short. */
  resource?: string;
  confidence?: number;
  /** What lowers the confidence. */
  doubt?: string;
  explanation?: string;
  cycle?: string[];
}

export interface Change {
  /** Of a process, of a pool ("resource"), or of neither. */
  change: { process?: string; resource?: string } & Record<string, unknown>;
  throughput_pps: number;
  gain: number;
  then?: Limit | null;
}

export interface ProcessReport {
  name: string;
  state: Record<State, number>;
  service_us?: number | null;
  visits?: number | null;
  capacity_pps?: number | null;
  throughput_pps?: number | null;
  concurrency: number;
  concurrency_max?: number;
  errors: number;
}

export interface Report {
  generation: number;
  window_s: number;
  throughput_pps: number;
  limit: Limit | null;
  reason?: string;
  changes?: Change[];
  processes?: ProcessReport[];
  /** A change that was made to see what it brings. */
  verification?: { text: string };
}

/** What the daemon shows at one moment. */
export interface Frame {
  /** Milliseconds since 1970. */
  time: number;
  graph: Graph;
  report: Report | null;
}

export interface Decision {
  id: number;
  time: string;
  process?: string;
  connection?: string;
  what: string;
  from: number | string;
  to: number | string;
  why: string;
  predicted: number | null;
  measured: number | null;
  undone: boolean;
}

/** "read.out" is the port "out" of the process "read". Names of processes have no dots. */
export function process_of(endpoint: string): string {
  const dot = endpoint.indexOf('.');
  return dot < 0 ? endpoint : endpoint.slice(0, dot);
}

/** A source is a process without a connected in port. */
export function is_source(process: Process): boolean {
  return !process.ports.some((port) => port.direction === 'in' && port.connected);
}
