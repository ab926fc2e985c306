// Throughput and latency over the last minutes, as this page has seen them.
import { is_source, type Frame } from './model';

const samples_max = 600;
/** Where frames are farther apart than this, the line is broken. */
const gap_ms = 3500;

export class History {
  /** Seconds since 1970. */
  readonly times: number[] = [];
  /** Packets a second leaving the sources. */
  readonly throughput: (number | null)[] = [];
  /** Seconds that a packet is in the graph, by Little's law; null while nothing moves. */
  readonly latency: (number | null)[] = [];
  private last: { time: number; sent: number } | null = null;

  add(frame: Frame): void {
    const sent = sent_by_sources(frame);
    const last = this.last;
    this.last = { time: frame.time, sent };
    if (last && frame.time <= last.time) return;
    const passed_s = last ? (frame.time - last.time) / 1000 : 0;
    if (last && passed_s * 1000 > gap_ms) this.push(last.time / 1000 + 1, null, null);
    // After a restart the counts begin anew.
    const measured = last && sent >= last.sent ? (sent - last.sent) / passed_s : null;
    const ended = frame.graph.phase === 'ended' || frame.graph.phase === 'failed';
    const throughput = ended ? 0 : (frame.report?.throughput_pps ?? measured);
    this.push(frame.time / 1000, throughput, throughput ? inside(frame) / throughput : null);
  }

  get latest_throughput(): number | null {
    return this.throughput.at(-1) ?? null;
  }

  get latest_latency(): number | null {
    return this.latency.at(-1) ?? null;
  }

  private push(time: number, throughput: number | null, latency: number | null): void {
    this.times.push(time);
    this.throughput.push(throughput);
    this.latency.push(latency);
    if (this.times.length <= samples_max) return;
    this.times.shift();
    this.throughput.shift();
    this.latency.shift();
  }
}

function sent_by_sources({ graph }: Frame): number {
  return graph.processes.reduce((sum, each) => sum + (is_source(each) ? each.out : 0), 0);
}

/** Packets that are in the graph now: queued, or held by a process. */
function inside({ graph }: Frame): number {
  const held = graph.processes.reduce((sum, process) => sum + process.held, 0);
  return graph.connections.reduce((sum, connection) => sum + connection.packets, held);
}
