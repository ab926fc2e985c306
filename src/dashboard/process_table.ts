// All processes as a table: for a look at the figures, for small screens, and to find one of many.
import { by_id, html, Keyed, set_attribute, set_text, svg } from './dom';
import { count, percent, rate, span } from './format';
import { states, type Frame, type Process, type ProcessReport } from './model';
import { main_state, symbols } from './states';

interface Row {
  process: Process;
  report: ProcessReport | undefined;
  limits: boolean;
}

const bar_width = 120;

/** The shares of the states as a bar. */
export function share_bar(): { element: SVGSVGElement; update(report?: ProcessReport): void } {
  const element = svg('svg', {
    class: 'bar',
    viewBox: `0 0 ${bar_width} 10`,
    preserveAspectRatio: 'none',
    width: bar_width,
    height: 10,
    'aria-hidden': 'true',
  });
  const parts = states.map((state) => svg('rect', { class: `state-${state}`, height: 10 }));
  element.append(svg('rect', { class: 'bar-ground', width: bar_width, height: 10 }), ...parts);
  return {
    element,
    update(report) {
      let x = 0;
      states.forEach((state, at) => {
        const width = (report?.state[state] ?? 0) * bar_width;
        set_attribute(parts[at]!, 'x', x.toFixed(1));
        set_attribute(parts[at]!, 'width', width.toFixed(1));
        x += width;
      });
    },
  };
}

class RowView {
  readonly element = html('tr');
  private name: HTMLButtonElement;
  private bar = share_bar();
  private state = html('span');
  private cells = Array.from({ length: 5 }, () => html('td', { class: 'number' }));

  constructor(process: string, open: (process: string) => void) {
    this.name = html('button', { class: 'link', type: 'button', click: () => open(process) });
    this.element.append(
      html('th', { scope: 'row' }, this.name),
      html('td', { class: 'share' }, this.bar.element, this.state),
      ...this.cells,
    );
  }

  update({ process, report, limits }: Row): void {
    set_text(this.name, limits ? `▲ ${process.name}` : process.name);
    this.bar.update(report);
    const state = report && main_state(report);
    set_text(
      this.state,
      report ? `${symbols[state!]} ${state} ${percent(report.state[state!])}` : process.activity,
    );
    const texts = [
      rate(report?.throughput_pps),
      rate(report?.capacity_pps),
      span(report?.service_us == null ? null : report.service_us / 1e6),
      String(process.concurrency),
      count(process.errors),
    ];
    texts.forEach((text, at) => set_text(this.cells[at]!, text));
    this.cells[4]!.classList.toggle('alarm', process.errors > 0);
    this.element.classList.toggle('limits', limits);
  }
}

export class ProcessTable {
  private filter = by_id<HTMLInputElement>('filter');
  private last: Frame | null = null;
  private rows: Keyed<Row, RowView>;

  constructor(open: (process: string) => void) {
    this.rows = new Keyed<Row, RowView>(
      by_id('processes'),
      (row) => row.process.name,
      (row) => new RowView(row.process.name, open),
      (view, row) => view.update(row),
    );
    this.filter.addEventListener('input', () => this.last && this.update(this.last));
  }

  update(frame: Frame): void {
    this.last = frame;
    const reports = new Map<string, ProcessReport>();
    for (const report of frame.report?.processes ?? []) reports.set(report.name, report);
    const limit = frame.report?.limit;
    const wanted = this.filter.value.trim().toLowerCase();
    const rows = frame.graph.processes
      .filter(({ name, component }) => `${name} ${component}`.toLowerCase().includes(wanted))
      .map((process) => ({
        process,
        report: reports.get(process.name),
        limits: limit?.process === process.name || !!limit?.cycle?.includes(process.name),
      }));
    this.rows.show(rows);
    set_text(by_id('process-count'), `${rows.length} of ${frame.graph.processes.length}`);
  }
}
