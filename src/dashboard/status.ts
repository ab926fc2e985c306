// Whether the figures are of now, and what the network does: in words, with a sign each.
import { by_id, set_attribute, set_text } from './dom';
import type { Link } from './feed';
import { bytes, clock, rate, span } from './format';
import type { History } from './history';
import type { Frame, Phase } from './model';

const phases: Record<Phase, string> = {
  starting: '… starting',
  running: '▶ running',
  draining: '◣ draining',
  ended: '✔ finished',
  failed: '✖ failed',
};

export class Status {
  private link: Link = { state: 'connecting' };
  private last: Frame | null = null;
  private told_phase: Phase | null = null;

  constructor(private history: History) {
    // The seconds until the next try are counted down.
    setInterval(() => this.link.state === 'gone' && this.show_link(), 500);
  }

  set_link(link: Link): void {
    this.link = link;
    this.show_link();
  }

  update(frame: Frame): void {
    this.last = frame;
    const { graph, report } = frame;
    document.title = `${graph.name} – weir`;
    set_text(by_id('graph-name'), graph.name);
    const idle = graph.phase === 'running' && report?.reason === 'idle';
    const phase = by_id('phase');
    set_text(phase, idle ? '– idle' : (phases[graph.phase] ?? graph.phase));
    set_attribute(phase, 'data-phase', graph.phase);
    set_text(by_id('now-throughput'), rate(this.history.latest_throughput));
    set_text(by_id('now-latency'), span(this.history.latest_latency));
    set_text(by_id('now-processes'), String(graph.processes.length));
    set_text(by_id('now-generation'), String(graph.generation));
    const errors = graph.processes.reduce((sum, process) => sum + process.errors, 0);
    set_text(by_id('now-errors'), errors > 0 ? `⚠ ${errors}` : '0');
    by_id('now-errors').classList.toggle('alarm', errors > 0);
    if (graph.memory) {
      const { used, budget, holds_sources } = graph.memory;
      const of = budget ? ` of ${bytes(budget)}` : '';
      set_text(by_id('now-memory'), `${bytes(used)}${of}${holds_sources ? ' ■ holds sources' : ''}`);
    }
    if (graph.phase !== this.told_phase) {
      this.told_phase = graph.phase;
      void this.tell_phase(graph.phase);
    }
  }

  /** What the phase is about; the reason of a failure is told by the readiness probe alone. */
  private async tell_phase(phase: Phase): Promise<void> {
    const notice = by_id('notice');
    notice.hidden = phase !== 'failed' && phase !== 'draining';
    if (notice.hidden) return;
    set_text(notice, `The network is ${phase}.`);
    const ready = await fetch('/readyz', { cache: 'no-store' }).catch(() => null);
    const body = await ready?.json().catch(() => null);
    if (body?.reason && this.told_phase === phase) set_text(notice, body.reason);
  }

  private show_link(): void {
    const { link } = this;
    const stale = link.state === 'gone' || link.state === 'refused' || link.state === 'locked';
    document.body.classList.toggle('stale', stale);
    document.body.dataset['link'] = link.state;
    by_id('retry').hidden = link.state !== 'gone';
    const as_of = this.last && stale ? ` Figures as of ${clock(this.last.time)}.` : '';
    set_text(by_id('link'), this.link_text() + as_of);
  }

  private link_text(): string {
    const { link } = this;
    switch (link.state) {
      case 'connecting':
        return '… connecting';
      case 'live':
        return '● live';
      case 'polling':
        return '● live, asked each second';
      case 'gone': {
        const seconds = Math.max(0, Math.ceil((link.next - Date.now()) / 1000));
        return `✖ weir does not answer; next try in ${seconds} s.`;
      }
      case 'locked':
        return '▣ locked';
      case 'refused':
        return `✖ refused: ${link.detail}`;
    }
  }
}
