// Packets that pass a port, as they are sampled. What they hold is shown as text, whatever it is.
import { ask, Refused, socket } from './api';
import { by_id, html, set_text } from './dom';
import { bytes, clock } from './format';

const shown_max = 100;
const characters_max = 4000;

interface Sample {
  time?: string;
  packet?: unknown;
  packet_base64?: string;
  attributes?: Record<string, unknown>;
  /** Packets that passed since the last one that was sent. */
  skipped?: number;
  truncated?: boolean;
  /** The graph was changed and has no such port any more. */
  gone?: boolean;
}

function payload(sample: Sample): string {
  return cut(whole_payload(sample)) + (sample.truncated ? ' … cut off' : '');
}

function whole_payload(sample: Sample): string {
  if (sample.packet_base64 !== undefined) return `base64: ${sample.packet_base64}`;
  if (typeof sample.packet === 'string') return sample.packet;
  return JSON.stringify(sample.packet ?? null, null, 1).replace(/\n\s*/g, ' ');
}

function cut(text: string): string {
  if (text.length <= characters_max) return text;
  return `${text.slice(0, characters_max)} … ${bytes(text.length - characters_max)} more`;
}

export class Tap {
  private panel = by_id('tap');
  private title = by_id('tap-title');
  private status = by_id('tap-status');
  private list = by_id('tap-packets');
  private pause_button = by_id<HTMLButtonElement>('tap-pause');
  private channel: WebSocket | null = null;
  private seen = 0;
  private skipped = 0;
  private paused = false;
  /** "read.out", or null while it is shut. */
  port: string | null = null;

  constructor() {
    by_id('tap-close').addEventListener('click', () => this.close());
    this.pause_button.addEventListener('click', () => this.pause(!this.paused));
  }

  open(port: string): void {
    this.close();
    this.port = port;
    this.panel.hidden = false;
    this.seen = this.skipped = 0;
    this.pause(false);
    this.list.replaceChildren();
    set_text(this.title, `Packets at ${port}`);
    set_text(this.status, 'connecting …');
    const channel = socket(`/api/v1/tap?port=${encodeURIComponent(port)}`);
    this.channel = channel;
    channel.addEventListener('open', () => this.count());
    channel.addEventListener('message', (event) => {
      if (channel === this.channel) this.take(String(event.data));
    });
    channel.addEventListener('close', () => {
      if (channel === this.channel) void this.lost(port);
    });
    this.panel.scrollIntoView({ block: 'nearest' });
  }

  close(): void {
    const channel = this.channel;
    this.channel = null;
    channel?.close();
    this.port = null;
    this.panel.hidden = true;
    this.list.replaceChildren();
  }

  private pause(paused: boolean): void {
    this.paused = paused;
    set_text(this.pause_button, paused ? 'Continue' : 'Pause');
    this.pause_button.setAttribute('aria-pressed', String(paused));
  }

  private take(text: string): void {
    let sample: Sample;
    try {
      sample = JSON.parse(text);
    } catch {
      return;
    }
    this.skipped += sample.skipped ?? 0;
    if ('packet' in sample || 'packet_base64' in sample) {
      ++this.seen;
      if (!this.paused) this.show(sample);
    }
    this.count();
    if (sample.gone) set_text(this.status, 'the graph was changed and has no such port now');
  }

  private count(): void {
    const passed = this.skipped > 0 ? `, ${this.skipped} passed unseen` : '';
    set_text(this.status, this.seen === 0 ? 'waiting for packets …' : `${this.seen} seen${passed}`);
  }

  private show(sample: Sample): void {
    const attributes = Object.entries(sample.attributes ?? {});
    const time = Date.parse(sample.time ?? '');
    this.list.prepend(
      html(
        'li',
        {},
        html('time', {}, Number.isNaN(time) ? '' : clock(time)),
        html('code', {}, payload(sample)),
        attributes.length > 0 &&
          html('small', {}, cut(attributes.map(([name, value]) => `${name}=${value}`).join(' '))),
      ),
    );
    if (this.list.childElementCount > shown_max) this.list.lastElementChild!.remove();
  }

  /** Says why; a socket does not tell, but the same path asked without one does. */
  private async lost(port: string): Promise<void> {
    this.channel = null;
    let why = 'the connection has ended; open the tap again';
    try {
      await ask(`/api/v1/tap?port=${encodeURIComponent(port)}`);
    } catch (error) {
      // 426: it is there, for sockets alone.
      if (error instanceof Refused && error.status !== 426) why = error.message;
    }
    if (this.port === port && !this.channel) set_text(this.status, why);
  }
}
