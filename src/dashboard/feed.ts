// Frames from the daemon, one a second: over a WebSocket, or by asking where there is none. When the
// daemon is gone it is tried again, ever less often, for as long as the page is open.
import { get, get_if_there, Refused, socket } from './api';
import type { Frame, Graph, Report } from './model';

export type Link =
  | { state: 'connecting' }
  | { state: 'live' }
  /** Without a WebSocket. */
  | { state: 'polling' }
  /** Tried again at `next`, in milliseconds since 1970. */
  | { state: 'gone'; next: number }
  /** The token is asked for. */
  | { state: 'locked' }
  | { state: 'refused'; detail: string };

const period_ms = 1000;
/** A socket from which nothing comes for so long is as good as closed. */
const silence_ms = 6000;
const pauses_ms = [500, 1000, 2000, 4000, 8000, 15000];
/** A socket that could not be opened is tried again after so many answers without it. */
const polls_before_socket = 60;

export class Feed {
  private link: Link = { state: 'connecting' };
  private channel: WebSocket | null = null;
  private timer = 0;
  private failures = 0;
  private polls = 0;
  /** An answer that was asked for before the latest start() comes too late. */
  private turn = 0;
  /** Something came over the last socket: it is worth opening again. */
  private socket_works = false;

  constructor(
    private on_frame: (frame: Frame) => void,
    private on_link: (link: Link) => void,
  ) {}

  /** Connects; also: now rather than later. */
  start(): void {
    ++this.turn;
    clearTimeout(this.timer);
    if (this.link.state !== 'gone') this.set({ state: 'connecting' });
    this.open();
  }

  private set(link: Link): void {
    this.link = link;
    this.on_link(link);
  }

  private later(pause: number, then: () => void): void {
    clearTimeout(this.timer);
    this.timer = window.setTimeout(then, pause);
  }

  private drop_channel(): void {
    const channel = this.channel;
    this.channel = null;
    channel?.close();
  }

  private open(): void {
    this.drop_channel();
    const channel = socket('/api/v1/events');
    this.channel = channel;
    // One that hangs while it is opened never says that it is closed.
    this.later(silence_ms, () => this.lost(channel));
    channel.addEventListener('message', (event) => {
      if (channel !== this.channel) return;
      this.later(silence_ms, () => this.lost(channel));
      this.take(event.data);
    });
    channel.addEventListener('close', () => this.lost(channel));
  }

  private take(text: unknown): void {
    let message: { time?: string; graph?: Graph; report?: Report | null };
    try {
      message = JSON.parse(String(text));
    } catch {
      return;
    }
    if (!message?.graph) return;
    this.failures = 0;
    this.socket_works = true;
    if (this.link.state !== 'live') this.set({ state: 'live' });
    const time = Date.parse(message.time ?? '');
    this.on_frame({
      time: Number.isNaN(time) ? Date.now() : time,
      graph: message.graph,
      report: message.report ?? null,
    });
  }

  private lost(channel: WebSocket): void {
    if (channel !== this.channel) return;
    this.drop_channel();
    clearTimeout(this.timer);
    this.polls = 0;
    void this.poll();
  }

  /** Asks once; says why there is no socket, too. */
  private async poll(): Promise<void> {
    const turn = this.turn;
    try {
      const [graph, report] = await Promise.all([
        get<Graph>('/api/v1/graph'),
        get_if_there<Report>('/api/v1/report'),
      ]);
      if (turn !== this.turn) return;
      this.failures = 0;
      if (this.link.state !== 'polling') this.set({ state: 'polling' });
      this.on_frame({ time: Date.now(), graph, report });
      ++this.polls;
      const again = this.socket_works || this.polls % polls_before_socket === 0;
      this.socket_works = false;
      this.later(period_ms, () => (again ? this.open() : void this.poll()));
    } catch (error) {
      if (turn !== this.turn) return;
      if (error instanceof Refused && error.status === 401) return this.set({ state: 'locked' });
      if (error instanceof Refused && error.status < 500) {
        return this.set({ state: 'refused', detail: error.message });
      }
      const pause = pauses_ms[Math.min(this.failures, pauses_ms.length - 1)]!;
      ++this.failures;
      this.set({ state: 'gone', next: Date.now() + pause });
      this.later(pause, () => this.open());
    }
  }
}
