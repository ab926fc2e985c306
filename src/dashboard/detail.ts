// All about one process, and the taps of its ports.
import { by_id, html, Keyed, set_attribute, set_text } from './dom';
import { count, percent, rate, span } from './format';
import { fullness, level, level_signs } from './fullness';
import {
  process_of,
  states,
  type Connection,
  type Frame,
  type Port,
  type Process,
  type ProcessReport,
} from './model';
import { share_bar } from './process_table';
import { meanings, symbols } from './states';
import { Tap } from './tap';

interface Figure {
  name: string;
  text: string;
}

function figure_view() {
  const value = html('dd');
  const name = html('dt');
  return { element: html('div', {}, name, value), name, value };
}

function figures_of(process: Process, report: ProcessReport | undefined): Figure[] {
  const ended = Object.entries(process.ended).filter(([, packets]) => packets > 0);
  const units = report?.concurrency_max ? ` of at most ${report.concurrency_max}` : '';
  const list: [string, string | null][] = [
    ['throughput', report ? rate(report.throughput_pps) : null],
    ['capacity', report ? rate(report.capacity_pps) : null],
    ['time per packet', report?.service_us == null ? null : span(report.service_us / 1e6)],
    ['visits per packet', report?.visits == null ? null : count(report.visits)],
    ['concurrency', `${process.concurrency}${units}`],
    ['now', process.activity],
    ['packets in', count(process.in)],
    ['packets out', count(process.out)],
    ['created', count(process.created)],
    ['ended', ended.map(([why, packets]) => `${why} ${count(packets)}`).join(', ') || '0'],
    ['held', count(process.held)],
    [
      'errors',
      Object.entries(process.errors_by_kind)
        .map(([kind, errors]) => `${kind} ${count(errors)}`)
        .join(', ') || '0',
    ],
  ];
  return list.flatMap(([name, text]) => (text === null ? [] : [{ name, text }]));
}

export class Detail {
  private panel = by_id('detail');
  private title = by_id('detail-title');
  private component = by_id('detail-component');
  private state_panel = by_id('detail-states');
  private bar = share_bar();
  private tap = new Tap();
  private process: string | null = null;
  private last: Frame | null = null;
  private return_to: Element | null = null;

  private shares = new Map(
    states.map((state) => {
      const value = html('span', { class: 'number' });
      const row = html(
        'li',
        { title: meanings[state] },
        html('span', { class: `swatch state-${state}`, 'aria-hidden': 'true' }),
        html('span', {}, `${symbols[state]} ${state}`),
        value,
      );
      this.state_panel.append(row);
      return [state, value] as const;
    }),
  );
  private figures = new Keyed<Figure, ReturnType<typeof figure_view>>(
    by_id('detail-figures'),
    (figure) => figure.name,
    figure_view,
    (view, figure) => {
      set_text(view.name, figure.name);
      set_text(view.value, figure.text);
    },
  );
  private ports = new Keyed<Port, ReturnType<Detail['port_view']>>(
    by_id('detail-ports'),
    (port) => `${this.process}.${port.name}`,
    (port) => this.port_view(port),
    (view, port) => view.update(port),
  );
  private connections = new Keyed<Connection, { element: HTMLElement }>(
    by_id('detail-connections'),
    (connection) => connection.name,
    () => ({ element: html('li') }),
    ({ element }, connection) => {
      const share = fullness(connection);
      const dropped = connection.dropped > 0 ? `, ▼ ${count(connection.dropped)} dropped` : '';
      set_text(
        element,
        `${level_signs[level(share)]} ${connection.name}: ${percent(share)} full, ` +
          `${count(connection.packets)} of ${count(connection.capacity)} packets${dropped}`,
      );
    },
  );

  constructor() {
    by_id('detail-bar').append(this.bar.element);
    by_id('detail-close').addEventListener('click', () => this.close());
    document.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape' || !this.process) return;
      event.preventDefault();
      const in_tap = event.target instanceof Element && event.target.closest('#tap');
      if (in_tap) {
        this.close_tap();
      } else {
        this.close();
      }
    });
  }

  open(process: string): void {
    if (!this.process) this.return_to = document.activeElement;
    if (process !== this.process) this.tap.close();
    this.process = process;
    this.panel.hidden = false;
    document.body.classList.add('with-detail');
    if (this.last) this.update(this.last);
    this.title.focus();
  }

  open_tap(process: string, port: string): void {
    this.open(process);
    this.tap.open(`${process}.${port}`);
  }

  close(): void {
    if (!this.process) return;
    this.tap.close();
    this.process = null;
    this.panel.hidden = true;
    document.body.classList.remove('with-detail');
    if (this.return_to instanceof HTMLElement || this.return_to instanceof SVGElement) {
      this.return_to.focus();
    }
    this.return_to = null;
  }

  update(frame: Frame): void {
    this.last = frame;
    const process = frame.graph.processes.find(({ name }) => name === this.process);
    if (!this.process) return;
    if (!process) return this.close();
    const report = frame.report?.processes?.find(({ name }) => name === this.process);
    set_text(this.title, process.name);
    set_text(this.component, process.component);
    by_id('detail-time').hidden = !report;
    this.bar.update(report);
    for (const [state, value] of this.shares) set_text(value, percent(report?.state[state]));
    this.figures.show(figures_of(process, report));
    this.ports.show(process.ports);
    this.connections.show(
      frame.graph.connections.filter(
        ({ from, to }) => process_of(from) === process.name || process_of(to) === process.name,
      ),
    );
  }

  private close_tap(): void {
    const port = this.tap.port;
    this.tap.close();
    const button = [...this.panel.querySelectorAll<HTMLElement>('[data-tap]')];
    (button.find((each) => each.dataset['tap'] === port) ?? this.title).focus();
  }

  private port_view(port: Port) {
    const name = `${this.process}.${port.name}`;
    const text = html('span');
    const button = html(
      'button',
      { type: 'button', 'data-tap': name, click: () => this.tap.open(name) },
      'Tap',
      html('span', { class: 'unseen' }, ` ${name}`),
    );
    return {
      element: html('li', { class: 'head' }, text, button),
      update(now: Port) {
        const verb = now.direction === 'in' ? 'took in' : 'sent';
        const passed = now.connected ? `${verb} ${count(now.packets)} packets` : 'not connected';
        set_text(text, `${now.name}: ${passed}`);
        set_attribute(button, 'disabled', now.connected ? null : '');
      },
    };
  }
}
