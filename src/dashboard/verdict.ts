// What limits the graph, in a sentence, and what would help.
import { by_id, html, Keyed, set_text } from './dom';
import { percent, rate } from './format';
import type { Change, Frame, Limit, Report } from './model';

const kinds: Record<string, string> = {
  cpu: 'processor time',
  cores: 'the machine has no more cores',
  waiting: 'waiting for something outside',
  resource: 'a pool of resources is exhausted',
  rate: 'its configured rate',
  source: 'the pace of the source',
  sink: 'where it writes to',
  memory: 'the memory budget holds it',
  deadlock: 'a cycle in which each waits for the next',
};

const reasons: Record<string, string> = {
  starting: 'The graph has just started: a verdict needs a few seconds of figures.',
  idle: 'Idle: no packets move, so nothing limits the graph.',
  no_source: 'The graph has no source, so there is no throughput to limit.',
};

function headline(limit: Limit): string {
  if (limit.kind === 'source') return `✔ The graph keeps up with ${limit.process ?? 'its sources'}`;
  if (limit.process) return `▲ ${limit.process} limits the graph`;
  if (limit.kind === 'cores') return '▲ The processor cores limit the graph';
  if (limit.kind === 'deadlock') return `✖ Deadlock: ${(limit.cycle ?? []).join(' → ')}`;
  return `▲ The graph is limited: ${limit.kind}`;
}

/** "parse: concurrency 4", "pool db: max 20", "workers 4". */
function what({ process, resource, ...settings }: Change['change']): string {
  const texts = Object.entries(settings).map(([name, value]) => {
    if (name === 'service' && typeof value === 'number') {
      return `service time ${value < 1 ? '−' : '+'}${percent(Math.abs(1 - value))}`;
    }
    if (name === 'rate' && typeof value === 'number') return `rate ${rate(value)}`;
    return `${name} ${String(value)}`;
  });
  const place = process ?? (resource && `pool ${resource}`);
  return [place, texts.join(', ')].filter(Boolean).join(': ');
}

/** What would limit after a change. */
function afterwards(then: Limit): string {
  const kind = kinds[then.kind] ?? then.kind;
  const pool = then.resource ? ` ${then.resource}` : '';
  return then.process ? `${then.process} would limit (${kind}${pool})` : `the limit is: ${kind}`;
}

class ChangeView {
  readonly element = html('li');
  private gain = html('strong', { class: 'gain' });
  private text = html('span');

  constructor() {
    this.element.append(this.gain, ' ', this.text);
  }

  update(change: Change): void {
    set_text(this.gain, `×${change.gain.toFixed(2)}`);
    const then = change.then ? `; then ${afterwards(change.then)}` : '';
    set_text(this.text, `${what(change.change)} → predicted ${rate(change.throughput_pps)}${then}`);
  }
}

export class VerdictView {
  private panel = by_id('verdict');
  private title = by_id('verdict-title');
  private text = by_id('verdict-text');
  private figures = by_id('verdict-figures');
  private verification = by_id('verification');
  private heading = by_id('changes-title');
  private open = by_id<HTMLButtonElement>('verdict-open');
  private changes = new Keyed<Change, ChangeView>(
    by_id('changes'),
    (change) => what(change.change),
    () => new ChangeView(),
    (view, change) => view.update(change),
  );
  private process: string | null = null;

  constructor(open_process: (name: string) => void) {
    this.open.addEventListener('click', () => this.process && open_process(this.process));
  }

  update({ graph, report }: Frame): void {
    const limit = graph.phase === 'running' || graph.phase === 'draining' ? report?.limit : null;
    this.panel.dataset['kind'] = limit?.kind ?? 'none';
    this.process = limit?.process ?? null;
    this.open.hidden = !this.process;
    if (limit) {
      set_text(this.title, headline(limit));
      set_text(this.text, limit.explanation ?? kinds[limit.kind] ?? '');
      const doubt = limit.doubt ? ` (${limit.doubt})` : '';
      const sure =
        limit.confidence == null ? '' : ` · confidence ${percent(limit.confidence)}${doubt}`;
      const window_s = Math.round(report!.window_s * 10) / 10;
      set_text(
        this.figures,
        `${kinds[limit.kind] ?? limit.kind}${sure} · figures of the last ${window_s} s`,
      );
    } else {
      set_text(this.title, this.no_limit_title(graph.phase, report));
      set_text(this.text, this.no_limit_text(graph.phase, report));
      set_text(this.figures, '');
    }
    const changes = (limit && report?.changes) || [];
    this.heading.hidden = changes.length === 0;
    set_text(this.verification, report?.verification?.text ?? '');
    this.changes.show(changes);
  }

  private no_limit_title(phase: string, report: Report | null): string {
    if (phase === 'ended') return '✔ Finished';
    if (phase === 'failed') return '✖ Failed';
    if (phase === 'starting' || report?.reason === 'starting') return '… Starting';
    if (report?.reason === 'idle') return '– Idle';
    return 'No verdict';
  }

  private no_limit_text(phase: string, report: Report | null): string {
    if (phase === 'ended') return 'All sources have ended and all packets have been handled.';
    if (phase === 'failed') return 'The network has stopped.';
    if (phase === 'starting') return reasons['starting']!;
    if (!report) return 'This weir gives no report.';
    return reasons[report.reason ?? ''] ?? 'The report names no limit.';
  }
}
