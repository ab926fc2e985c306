// Breaks a drawing that is much longer than its place into rows, as text is broken into lines.
import type { Layout, LayoutTask, Point } from './layout';

/** Longer than so many times the place's shape. */
const too_long = 3;
const row_gap = 60;

const turn_point = ({ x, y }: Point): Point => ({ x: y, y: x });

function turn(layout: Layout): Layout {
  return {
    serial: layout.serial,
    boxes: layout.boxes.map(turn_point),
    lines: layout.lines.map((points) => points.map(turn_point)),
    width: layout.height,
    height: layout.width,
  };
}

export function fold(layout: Layout, task: LayoutTask): Layout {
  if (!task.vertical) return fold_rows(layout, task, task.aspect);
  return turn(fold_rows(turn(layout), task, 1 / task.aspect));
}

function fold_rows(layout: Layout, task: LayoutTask, aspect: number): Layout {
  const rows = Math.floor(Math.sqrt(layout.width / (layout.height + row_gap) / aspect));
  if (layout.width / layout.height < too_long * aspect || rows < 2) return layout;
  const columns = [...new Set(layout.boxes.map((box) => Math.round(box.x)))];
  columns.sort((a, b) => a - b);
  const per_row = Math.ceil(columns.length / rows);
  const margin = columns[0]!;
  const rank = new Map(columns.map((x, at) => [x, at]));

  const row_of = (box: Point) => Math.floor(rank.get(Math.round(box.x))! / per_row);
  const move = (point: Point, row: number): Point => ({
    x: point.x - columns[row * per_row]! + margin,
    y: point.y + row * (layout.height + row_gap),
  });
  const boxes = layout.boxes.map((box) => move(box, row_of(box)));
  const lines = task.lines.map(({ from, to }, at): Point[] => {
    const row = row_of(layout.boxes[from]!);
    const stays = row === row_of(layout.boxes[to]!);
    return stays ? layout.lines[at]!.map((point) => move(point, row)) : [];
  });
  const widths = columns.map((x, at) => x - columns[Math.floor(at / per_row) * per_row]!);
  return {
    serial: layout.serial,
    boxes,
    lines,
    width: Math.max(...widths) + 2 * margin,
    height: Math.ceil(columns.length / per_row) * (layout.height + row_gap) - row_gap,
  };
}
