// Which process an arrow key goes to: the nearest one in the direction of the arrow.
import type { Point } from './layout';

const directions: Record<string, Point> = {
  ArrowLeft: { x: -1, y: 0 },
  ArrowRight: { x: 1, y: 0 },
  ArrowUp: { x: 0, y: -1 },
  ArrowDown: { x: 0, y: 1 },
};

/** What lies aside counts as so much farther away. */
const aside_weight = 3;

/** Null if the key is no arrow, or nothing lies there. */
export function neighbour(
  places: Map<string, Point>,
  from: string,
  key: string,
): string | null {
  const direction = directions[key];
  const start = places.get(from);
  if (!direction || !start) return null;
  let nearest: string | null = null;
  let shortest = Infinity;
  for (const [name, place] of places) {
    const [dx, dy] = [place.x - start.x, place.y - start.y];
    const ahead = dx * direction.x + dy * direction.y;
    if (ahead <= 1) continue;
    const aside = Math.abs(dx * direction.y) + Math.abs(dy * direction.x);
    const length = ahead + aside_weight * aside;
    if (length >= shortest) continue;
    shortest = length;
    nearest = name;
  }
  return nearest;
}
