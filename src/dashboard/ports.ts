// Where the ports of a process stand at its box: what it takes in where the packets come from, left or
// above; what it sends on the other side.
import type { Point } from './layout';
import type { Port, Process } from './model';

export const box_width = 216;
const box_height = 92;
const port_pitch = 18;

/** A tappable thing of the picture. Ports without a connection see no packets, so they are left out. */
export function shown_ports(process: Process): Port[] {
  return process.ports.filter((port) => port.connected);
}

export function height_of(process: Process): number {
  const ports = shown_ports(process);
  const outs = ports.filter((port) => port.direction === 'out').length;
  return Math.max(box_height, (Math.max(outs, ports.length - outs) + 1) * port_pitch);
}

/** The places of the shown ports, from the box's upper left corner. */
export function port_places(process: Process, vertical: boolean): Map<Port, Point> {
  const places = new Map<Port, Point>();
  const height = height_of(process);
  for (const direction of ['in', 'out']) {
    const side = shown_ports(process).filter((port) => port.direction === direction);
    side.forEach((port, at) => {
      const part = (at + 1) / (side.length + 1);
      const begins = direction === 'in';
      places.set(
        port,
        vertical
          ? { x: part * box_width, y: begins ? 0 : height }
          : { x: begins ? 0 : box_width, y: part * height },
      );
    });
  }
  return places;
}
