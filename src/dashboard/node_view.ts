// The box of a process: name, what it does with its time, and its ports.
import { set_attribute, set_text, svg } from './dom';
import { percent, rate, shorten } from './format';
import { states, type Port, type Process, type ProcessReport, type State } from './model';
import { box_width, height_of, port_places } from './ports';
import { main_state, symbols } from './states';

const inset = 12;
const bar_width = box_width - 2 * inset;

export interface NodeEvents {
  open(process: string): void;
  tap(process: string, port: string): void;
}

export class NodeView {
  readonly element: SVGGElement;
  readonly height: number;
  private limit_mark = svg('text', { class: 'limit-mark', x: inset, y: -8 });
  private title = svg('title');
  private subtitle = svg('text', { class: 'component', x: inset, y: 40 });
  private state_text = svg('text', { class: 'figure', x: inset, y: 78 });
  private rate_text = svg('text', { class: 'figure end', x: box_width - inset, y: 78 });
  private error_text = svg('text', { class: 'errors end', x: box_width - inset, y: 22 });
  private sign = svg('text', { class: 'sign', x: box_width / 2 });
  private parts = new Map<State, SVGRectElement>();

  constructor(process: Process, vertical: boolean, events: NodeEvents) {
    this.height = height_of(process);
    set_attribute(this.sign, 'y', String(this.height / 2));
    const bar = svg('g', { class: 'bar', transform: `translate(${inset} 50)` });
    bar.append(svg('rect', { class: 'bar-ground', width: bar_width, height: 10 }));
    for (const state of states) {
      const part = svg('rect', { class: `state-${state}`, height: 10, width: 0 });
      this.parts.set(state, part);
      bar.append(part);
    }
    this.element = svg(
      'g',
      {
        class: 'node',
        role: 'button',
        tabindex: -1,
        'data-process': process.name,
        click: () => events.open(process.name),
      },
      this.title,
      this.limit_mark,
      svg('rect', { class: 'box', width: box_width, height: this.height, rx: 8 }),
      svg('text', { class: 'name', x: inset, y: 22 }, shorten(process.name, 22)),
      this.subtitle,
      bar,
      this.state_text,
      this.rate_text,
      this.error_text,
      this.sign,
    );
    for (const [port, place] of port_places(process, vertical)) {
      this.element.append(this.port_view(process.name, port, place.x, place.y, events));
    }
  }

  private port_view(process: string, port: Port, x: number, y: number, events: NodeEvents) {
    return svg(
      'g',
      {
        class: `port${port.name === 'error' ? ' port-error' : ''}`,
        'data-port': `${process}.${port.name}`,
        transform: `translate(${x} ${y})`,
        click: (event) => {
          event.stopPropagation();
          events.tap(process, port.name);
        },
      },
      svg('title', {}, `${process}.${port.name}: click to see packets`),
      // What a finger needs.
      svg('circle', { class: 'port-reach', r: 12 }),
      svg('circle', { class: 'port-dot', r: 5 }),
    );
  }

  place(x: number, y: number): void {
    set_attribute(this.element, 'transform', `translate(${x} ${y})`);
  }

  /** `mark`: what to say of it above the box; empty for most. */
  update(process: Process, report: ProcessReport | undefined, mark: string): void {
    const component = shorten(process.component, 24);
    set_text(
      this.subtitle,
      process.concurrency > 1 ? `${component} ×${process.concurrency}` : component,
    );
    const state = report && main_state(report);
    const said = report
      ? `${symbols[state!]} ${state} ${percent(report.state[state!])}`
      : process.activity;
    set_text(this.state_text, said);
    set_text(this.sign, state ? symbols[state] : '');
    set_text(this.rate_text, report ? rate(report.throughput_pps) : '');
    set_text(this.error_text, process.errors > 0 ? `⚠ ${process.errors}` : '');
    set_text(this.limit_mark, mark && `▲ ${mark}`);
    this.element.classList.toggle('limits', mark !== '');
    this.element.classList.toggle('has-errors', process.errors > 0);
    set_attribute(this.element, 'data-state', state ?? null);
    this.draw_bar(report);
    this.describe(process, said, report, mark);
  }

  private draw_bar(report: ProcessReport | undefined): void {
    let x = 0;
    for (const [state, part] of this.parts) {
      const width = report ? (report.state[state] ?? 0) * bar_width : 0;
      set_attribute(part, 'x', x.toFixed(1));
      set_attribute(part, 'width', width.toFixed(1));
      x += width;
    }
  }

  /** What a screen reader says, and a pointer that rests. */
  private describe(
    process: Process,
    said: string,
    report: ProcessReport | undefined,
    mark: string,
  ): void {
    const words = [`${process.name}, ${process.component}`, said];
    if (report) words.push(rate(report.throughput_pps));
    if (mark) words.push(mark);
    if (process.errors > 0) words.push(`${process.errors} errors`);
    const label = words.join(', ');
    set_attribute(this.element, 'aria-label', label);
    set_text(this.title, label);
  }
}
