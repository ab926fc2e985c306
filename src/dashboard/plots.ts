// The two plots.
import uPlot from 'uplot';
import { by_id, set_attribute, set_text } from './dom';
import { rate, span } from './format';
import type { History } from './history';

const plot_height = 150;
const font = '12px system-ui, sans-serif';

/** A colour of the style sheet, read when it is drawn: the scheme may change at any time. */
function colour(name: string): () => string {
  return () => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function make_plot(
  place: HTMLElement,
  stroke: string,
  format: (value: number) => string,
  on_cursor: (at: number | null) => void,
): uPlot {
  const axis: uPlot.Axis = {
    stroke: colour('--soft'),
    font,
    grid: { stroke: colour('--line'), width: 1 },
    ticks: { show: false },
  };
  const plot = new uPlot(
    {
      width: place.clientWidth || 300,
      height: plot_height,
      legend: { show: false },
      cursor: { drag: { x: false, y: false }, points: { show: false }, y: false },
      scales: { y: { range: (_, __, most) => [0, most > 0 ? most * 1.1 : 1] } },
      axes: [
        {
          ...axis,
          space: 70,
          size: 28,
          values: (_, ticks) =>
            ticks.map((tick) => new Date(tick * 1000).toLocaleTimeString([], { hour12: false })),
        },
        { ...axis, size: 68, values: (_, ticks) => ticks.map(format) },
      ],
      series: [{}, { stroke: colour(stroke), width: 2, spanGaps: false, points: { show: false } }],
      hooks: { setCursor: [(self) => on_cursor(self.cursor.idx ?? null)] },
    },
    [[], []],
    place,
  );
  new ResizeObserver(() => plot.setSize({ width: place.clientWidth, height: plot_height })).observe(
    place,
  );
  return plot;
}

export class Plots {
  private throughput: uPlot;
  private latency: uPlot;
  private cursor: number | null = null;

  constructor(private history: History) {
    const point = (at: number | null) => {
      this.cursor = at;
      this.name_values();
    };
    this.throughput = make_plot(by_id('throughput-plot'), '--accent', rate, point);
    this.latency = make_plot(by_id('latency-plot'), '--second', span, point);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
      this.throughput.redraw();
      this.latency.redraw();
    });
  }

  update(): void {
    const { times, throughput, latency } = this.history;
    this.throughput.setData([times, throughput]);
    this.latency.setData([times, latency]);
    this.name_values();
  }

  /** The figures in words: those under the pointer, or else the newest. */
  private name_values(): void {
    const { times, throughput, latency } = this.history;
    const at = this.cursor ?? times.length - 1;
    const when = this.cursor === null ? '' : new Date(times[at]! * 1000).toLocaleTimeString();
    const name = (id: string, text: string, what: string) => {
      set_text(by_id(`${id}-value`), when ? `${text} at ${when}` : text);
      set_attribute(by_id(`${id}-plot`), 'aria-label', `${what} over time, now ${text}`);
    };
    name('throughput', rate(throughput[at]), 'Throughput');
    name('latency', span(latency[at]), 'Latency');
  }
}
