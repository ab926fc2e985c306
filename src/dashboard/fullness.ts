// How full a connection is, in four steps with a sign each.
import type { Connection } from './model';

export const levels = ['empty', 'some', 'most', 'full'] as const;
export type Level = (typeof levels)[number];

export function fullness(connection: Connection): number {
  return connection.capacity > 0 ? connection.packets / connection.capacity : 0;
}

export function level(share: number): Level {
  if (share >= 0.9) return 'full';
  if (share >= 0.5) return 'most';
  return share >= 0.05 ? 'some' : 'empty';
}

export const level_signs: Record<Level, string> = { empty: '▁', some: '▃', most: '▆', full: '█' };
