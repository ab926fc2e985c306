// What the tuner changed, why, and what came of it; the newest first.
import { get_if_there } from './api';
import { by_id, html, Keyed, set_text } from './dom';
import { clock, rate } from './format';
import type { Decision } from './model';

const period_ms = 5000;
const shown_max = 100;

class DecisionView {
  readonly element = html('li');
  private head = html('p', { class: 'decision' });
  private why = html('p', { class: 'soft' });
  private effect = html('p', { class: 'soft' });

  constructor() {
    this.element.append(this.head, this.why, this.effect);
  }

  update(decision: Decision): void {
    const where = decision.process ?? decision.connection ?? '';
    const sign = decision.undone ? '↶ ' : '';
    set_text(
      this.head,
      `${sign}${clock(Date.parse(decision.time))} · ${where} · ` +
        `${decision.what} ${decision.from} → ${decision.to}${decision.undone ? ' (undone)' : ''}`,
    );
    set_text(this.why, decision.why);
    const predicted = decision.predicted === null ? '' : `predicted ${rate(decision.predicted)}`;
    const measured = decision.measured === null ? '' : `measured ${rate(decision.measured)}`;
    set_text(this.effect, [predicted, measured].filter(Boolean).join(', '));
  }
}

export class DecisionLog {
  private next = 0;
  private list = new Keyed<Decision, DecisionView>(
    by_id('decisions'),
    (decision) => String(decision.id),
    () => new DecisionView(),
    (view, decision) => view.update(decision),
  );

  /** Asks anew, but not each time it is called. */
  async refresh(): Promise<void> {
    if (Date.now() < this.next) return;
    this.next = Date.now() + period_ms;
    let decisions: Decision[];
    try {
      decisions = (await get_if_there<Decision[]>('/api/v1/decisions')) ?? [];
    } catch {
      // The feed says that the daemon is gone.
      return;
    }
    decisions.sort((a, b) => b.id - a.id);
    this.list.show(decisions.slice(0, shown_max));
    by_id('no-decisions').hidden = decisions.length > 0;
    set_text(by_id('decision-count'), decisions.length > 0 ? String(decisions.length) : '');
  }
}
