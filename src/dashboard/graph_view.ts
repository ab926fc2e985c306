// The picture of the graph. Boxes and lines are made when the graph changes and then only told their
// new figures.
import { by_id, set_attribute, svg } from './dom';
import { arrow_heads, EdgeView } from './edge_view';
import { LayoutService, type Layout, type Point } from './layout';
import { process_of, type Frame, type Graph, type ProcessReport } from './model';
import { NodeView, type NodeEvents } from './node_view';
import { box_width, height_of, port_places, shown_ports } from './ports';
import { neighbour } from './steering';
import { Viewport } from './viewport';

/** Below these scales text of its size cannot be read, and is left out. */
const scale_far = 0.22;
const scale_middle = 0.5;
const zoom_step = 1.3;
/** Large graphs are wider across their layers than along them, so they are not turned. */
const vertical_most = 40;

/** A small picture needs no more room than it fills, a large one gets most of the window. */
const height_least = 220;
const window_part_most = 0.8;

/** Two graphs of the same shape are drawn in the same places. */
function shape_of(graph: Graph, vertical: boolean): string {
  const boxes = graph.processes.map((process) => [
    process.name,
    process.component,
    ...shown_ports(process).map((port) => port.direction + port.name),
  ]);
  return JSON.stringify([vertical, boxes, graph.connections.map((connection) => connection.name)]);
}

export class GraphView {
  private frame = by_id('graph').appendChild(svg('svg', { class: 'graph' }));
  private picture = svg('g');
  private edge_layer = svg('g');
  private node_layer = svg('g');
  private nodes = new Map<string, NodeView>();
  private edges = new Map<string, EdgeView>();
  private places = new Map<string, Point>();
  private layouts = new LayoutService((layout) => this.draw(layout));
  private viewport: Viewport;
  /** The processes drawn last. */
  private on_top = new Set<string>();
  private shape = '';
  private drawn_shape = '';
  private last: Frame | null = null;
  private asked: { graph: Graph; vertical: boolean; shape: string } | null = null;
  /** The one that Tab goes to. */
  private current: string | null = null;
  /** The one that the picture was last moved to; it stays in sight when the frame changes. */
  private revealed: string | null = null;

  constructor(private events: NodeEvents) {
    this.picture.append(this.edge_layer, this.node_layer);
    this.frame.append(arrow_heads(), this.picture);
    set_attribute(this.frame, 'role', 'group');
    set_attribute(this.frame, 'aria-label', 'Processes of the graph. Arrow keys move, Enter opens.');
    this.viewport = new Viewport(this.frame, this.picture, (scale) => {
      const zoom = scale < scale_far ? 'far' : scale < scale_middle ? 'middle' : 'near';
      set_attribute(this.frame, 'data-zoom', zoom);
      // What can be read at any scale.
      this.frame.style.setProperty('--unscale', String(1 / Math.min(scale, 1)));
    });
    this.frame.addEventListener('keydown', (event) => this.key(event));
    this.frame.addEventListener('focusin', (event) => this.focused(event));
    by_id('zoom-in').addEventListener('click', () => this.zoom(zoom_step));
    by_id('zoom-out').addEventListener('click', () => this.zoom(1 / zoom_step));
    by_id('zoom-fit').addEventListener('click', () => this.viewport.fit());
    new ResizeObserver(() => {
      if (!this.viewport.moved) {
        this.viewport.fit();
      } else if (this.revealed) {
        this.reveal(this.revealed);
      }
    }).observe(this.frame);
  }

  update(frame: Frame): void {
    this.last = frame;
    const small = frame.graph.processes.length <= vertical_most;
    const vertical = small && innerHeight > innerWidth;
    const shape = shape_of(frame.graph, vertical);
    if (shape !== this.shape) {
      this.shape = shape;
      this.ask(frame.graph, vertical, shape);
    }
    if (shape === this.drawn_shape) this.show(frame);
  }

  /** Moves the keyboard's focus to a process, and the process into sight. */
  focus(process: string): void {
    this.nodes.get(process)?.element.focus();
  }

  private ask(graph: Graph, vertical: boolean, shape: string): void {
    this.asked = { graph, vertical, shape };
    set_attribute(by_id('graph'), 'aria-busy', 'true');
    const at = new Map(graph.processes.map((process, index) => [process.name, index]));
    this.layouts.ask({
      boxes: graph.processes.map((process) => ({ width: box_width, height: height_of(process) })),
      lines: graph.connections.map(({ from, to }) => ({
        from: at.get(process_of(from))!,
        to: at.get(process_of(to))!,
      })),
      vertical,
      aspect: this.frame.clientWidth / (innerHeight * window_part_most) || 1,
    });
  }

  private draw(layout: Layout): void {
    const { graph, vertical, shape } = this.asked!;
    this.drawn_shape = shape;
    set_attribute(by_id('graph'), 'aria-busy', null);
    this.nodes.clear();
    this.edges.clear();
    this.places.clear();
    const ports = new Map<string, Point>();
    graph.processes.forEach((process, index) => {
      const centre = layout.boxes[index]!;
      this.places.set(process.name, centre);
      const node = new NodeView(process, vertical, this.events);
      const corner = { x: centre.x - box_width / 2, y: centre.y - node.height / 2 };
      node.place(corner.x, corner.y);
      this.nodes.set(process.name, node);
      for (const [port, place] of port_places(process, vertical)) {
        const at = { x: corner.x + place.x, y: corner.y + place.y };
        ports.set(`${process.name}.${port.name}`, at);
      }
    });
    graph.connections.forEach((connection, index) => {
      const [from, to] = [ports.get(connection.from), ports.get(connection.to)];
      if (!from || !to) return;
      const edge = new EdgeView(connection);
      // The arrow's head stands before the port.
      const end = vertical ? { x: to.x, y: to.y - 6 } : { x: to.x - 6, y: to.y };
      edge.place([from, ...layout.lines[index]!, end], vertical);
      this.edges.set(connection.name, edge);
    });
    this.edge_layer.replaceChildren(...[...this.edges.values()].map((edge) => edge.element));
    this.node_layer.replaceChildren(...[...this.nodes.values()].map((node) => node.element));
    if (!this.current || !this.nodes.has(this.current)) {
      this.current = graph.processes[0]?.name ?? null;
    }
    this.mark_current();
    this.on_top.clear();
    this.revealed = null;
    this.viewport.set_size(layout.width, layout.height);
    const natural = layout.height * Math.min(1, this.frame.clientWidth / layout.width);
    const most = innerHeight * window_part_most;
    this.frame.style.height = `${Math.max(height_least, Math.min(natural, most))}px`;
    this.viewport.fit();
    if (this.last) this.show(this.last);
  }

  private show(frame: Frame): void {
    const reports = new Map<string, ProcessReport>();
    for (const report of frame.report?.processes ?? []) reports.set(report.name, report);
    const limit = frame.report?.limit;
    const limits = new Set(limit?.cycle ?? (limit?.process ? [limit.process] : []));
    const mark = limit?.kind === 'source' ? 'sets the pace' : 'limits the graph';
    for (const process of frame.graph.processes) {
      const node = this.nodes.get(process.name);
      if (!node) continue;
      const limits_now = limits.has(process.name);
      node.update(process, reports.get(process.name), limits_now ? mark : '');
      // Its mark lies over the others. What has the focus would lose it.
      if (limits_now && node.element !== document.activeElement && !this.on_top.has(process.name)) {
        this.node_layer.append(node.element);
      }
    }
    this.on_top = limits;
    for (const connection of frame.graph.connections) {
      this.edges.get(connection.name)?.update(connection);
    }
  }

  private zoom(factor: number): void {
    this.revealed = null;
    this.viewport.zoom(factor);
  }

  private mark_current(): void {
    for (const [name, node] of this.nodes) {
      set_attribute(node.element, 'tabindex', name === this.current ? '0' : '-1');
    }
  }

  private focused(event: FocusEvent): void {
    const node = (event.target as Element).closest<SVGGElement>('.node');
    const name = node?.dataset['process'];
    if (!node || !name) return;
    this.current = name;
    this.mark_current();
    if (node.matches(':focus-visible')) this.reveal(name);
  }

  private reveal(process: string): void {
    const place = this.places.get(process);
    const node = this.nodes.get(process);
    if (!place || !node) return;
    this.revealed = process;
    const [x, y] = [place.x - box_width / 2, place.y - node.height / 2];
    this.viewport.reveal(x, y, box_width, node.height);
  }

  private key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const name = (event.target as Element).closest<SVGGElement>('.node')?.dataset['process'];
    if (!name) return;
    const next = neighbour(this.places, name, event.key);
    if (next) {
      this.focus(next);
    } else if (event.key === 'Enter' || event.key === ' ') {
      this.events.open(name);
    } else if (event.key === '+' || event.key === '=') {
      this.zoom(zoom_step);
    } else if (event.key === '-') {
      this.zoom(1 / zoom_step);
    } else if (event.key === '0') {
      this.viewport.fit();
    } else if (!event.key.startsWith('Arrow')) {
      return;
    }
    event.preventDefault();
  }
}
