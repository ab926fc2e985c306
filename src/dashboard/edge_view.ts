// The line of a connection, as thick as it is full, with a sign and a figure at its middle.
import { set_attribute, set_text, svg } from './dom';
import { count, percent } from './format';
import { fullness, level, level_signs, levels } from './fullness';
import type { Point } from './layout';
import type { Connection } from './model';

/** How far a line goes straight on before it bends; one that leads back goes round in a wider bend. */
function reach(way: number): number {
  return way >= 0 ? way / 2 : Math.min(120, 40 - way / 2);
}

/** A line that passes its points in the direction of the layers, and bends softly between. */
function path_through(points: Point[], vertical: boolean): string {
  const [first, ...rest] = points as [Point, ...Point[]];
  let path = `M${first.x} ${first.y}`;
  let from = first;
  for (const to of rest) {
    const x = vertical ? 0 : reach(to.x - from.x);
    const y = vertical ? reach(to.y - from.y) : 0;
    path += `C${from.x + x} ${from.y + y} ${to.x - x} ${to.y - y} ${to.x} ${to.y}`;
    from = to;
  }
  return path;
}

/** The heads of all lines: one for each level, since a head has no way to know its line's colour. */
export function arrow_heads(): SVGDefsElement {
  const heads = levels.map((name) => {
    const size = name === 'full' ? 15 : name === 'most' ? 12 : 9;
    return svg(
      'marker',
      {
        id: `arrow-${name}`,
        viewBox: '0 0 8 8',
        refX: 8,
        refY: 4,
        markerWidth: size,
        markerHeight: size,
        markerUnits: 'userSpaceOnUse',
        orient: 'auto',
      },
      svg('path', { class: 'arrow', 'data-level': name, d: 'M0 0L8 4L0 8z' }),
    );
  });
  return svg('defs', {}, ...heads);
}

export class EdgeView {
  readonly element: SVGGElement;
  private line = svg('path', { class: 'line' });
  private label = svg('text', { class: 'edge-label' });
  private title = svg('title');

  constructor(connection: Connection) {
    this.element = svg(
      'g',
      { class: 'edge', 'data-connection': connection.name },
      this.title,
      // What a pointer can hit.
      svg('path', { class: 'line-reach' }),
      this.line,
      this.label,
    );
  }

  place(points: Point[], vertical: boolean): void {
    const path = path_through(points, vertical);
    for (const line of this.element.querySelectorAll('path')) set_attribute(line, 'd', path);
    const at = (points.length - 1) / 2;
    const before = points[Math.floor(at)]!;
    const after = points[Math.ceil(at)]!;
    set_attribute(this.label, 'x', String((before.x + after.x) / 2));
    set_attribute(this.label, 'y', String((before.y + after.y) / 2 - 6));
  }

  update(connection: Connection): void {
    const share = fullness(connection);
    const step = level(share);
    set_attribute(this.element, 'data-level', step);
    set_attribute(this.line, 'marker-end', `url(#arrow-${step})`);
    const dropped = connection.dropped > 0 ? ` ▼${count(connection.dropped)}` : '';
    const shown = share > 0 || dropped ? `${level_signs[step]} ${percent(share)}${dropped}` : '';
    set_text(this.label, shown);
    set_text(
      this.title,
      `${connection.name}: ${connection.packets} of ${connection.capacity} packets` +
        (connection.overflow > 0 ? `, ${connection.overflow} beyond the capacity` : '') +
        (connection.dropped > 0 ? `, ${connection.dropped} dropped` : ''),
    );
  }
}
