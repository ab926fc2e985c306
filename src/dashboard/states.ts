// How the six states of a unit of concurrency look: never by colour alone.
import { states, type ProcessReport, type State } from './model';

export const symbols: Record<State, string> = {
  busy: '●',
  waiting: '◔',
  starved: '○',
  blocked: '■',
  throttled: '◆',
  ready: '▷',
};

export const meanings: Record<State, string> = {
  busy: 'working on packets',
  waiting: 'outside, for a packet: a server, a disk, a pool',
  starved: 'no packets to work on',
  blocked: 'what it sends to is full',
  throttled: 'its rate holds it back',
  ready: 'no worker is free',
};

/** The state that takes most of the time. */
export function main_state(report: ProcessReport): State {
  return states.reduce((most, state) =>
    (report.state[state] ?? 0) > (report.state[most] ?? 0) ? state : most,
  );
}
