// Moves and scales a picture inside its frame: by dragging, with two fingers, Ctrl and the wheel, or
// by calls from buttons and keys.
import { set_attribute } from './dom';
import type { Point } from './layout';

const scale_min = 0.02;
const scale_max = 2;
/** A picture that is small is not blown up. */
const fit_scale_max = 1;
/** From which on the text of a box can be read. */
const readable_scale = 0.7;
/** Moved by less, a press is a click. */
const drag_threshold = 4;

export class Viewport {
  private x = 0;
  private y = 0;
  private scale = 1;
  private width = 1;
  private height = 1;
  private pointers = new Map<number, Point>();
  private dragging = false;
  /** The user has moved it: it is not fitted again by itself. */
  moved = false;

  constructor(
    private frame: SVGSVGElement,
    private picture: SVGGElement,
    private on_scale: (scale: number) => void,
  ) {
    frame.addEventListener('pointerdown', (event) => this.press(event));
    frame.addEventListener('pointermove', (event) => this.drag(event));
    for (const name of ['pointerup', 'pointercancel', 'pointerleave'] as const) {
      frame.addEventListener(name, (event) => this.pointers.delete(event.pointerId));
    }
    frame.addEventListener('wheel', (event) => this.wheel(event), { passive: false });
    // What ends a drag is no click on what lies under it.
    frame.addEventListener(
      'click',
      (event) => {
        if (this.dragging) event.stopPropagation();
        this.dragging = false;
      },
      true,
    );
  }

  /** The size of the picture. */
  set_size(width: number, height: number): void {
    this.width = width;
    this.height = height;
  }

  fit(): void {
    const { clientWidth, clientHeight } = this.frame;
    if (clientWidth === 0) return;
    const scale = Math.min(clientWidth / this.width, clientHeight / this.height, fit_scale_max);
    this.scale = Math.max(scale, scale_min);
    this.x = (clientWidth - this.width * this.scale) / 2;
    this.y = (clientHeight - this.height * this.scale) / 2;
    this.moved = false;
    this.apply();
  }

  /** Scales about a point of the frame, its middle by default. */
  zoom(factor: number, about?: Point): void {
    const centre = about ?? { x: this.frame.clientWidth / 2, y: this.frame.clientHeight / 2 };
    const scale = Math.min(Math.max(this.scale * factor, scale_min), scale_max);
    this.x = centre.x - ((centre.x - this.x) * scale) / this.scale;
    this.y = centre.y - ((centre.y - this.y) * scale) / this.scale;
    this.scale = scale;
    this.moved = true;
    this.apply();
  }

  /** Brings a part of the picture to the middle, large enough to read, unless it is in sight. */
  reveal(x: number, y: number, width: number, height: number): void {
    const { clientWidth, clientHeight } = this.frame;
    const least = Math.min(readable_scale, clientWidth / (width + 40));
    const [left, top] = [x * this.scale + this.x, y * this.scale + this.y];
    const in_sight =
      this.scale >= least &&
      left >= 0 &&
      top >= 0 &&
      left + width * this.scale <= clientWidth &&
      top + height * this.scale <= clientHeight;
    if (in_sight) return;
    this.scale = Math.max(this.scale, least);
    this.x = clientWidth / 2 - (x + width / 2) * this.scale;
    this.y = clientHeight / 2 - (y + height / 2) * this.scale;
    this.moved = true;
    this.apply();
  }

  private apply(): void {
    const { x, y, scale } = this;
    set_attribute(this.picture, 'transform', `translate(${x} ${y}) scale(${scale})`);
    this.on_scale(scale);
  }

  private local(event: MouseEvent): Point {
    const frame = this.frame.getBoundingClientRect();
    return { x: event.clientX - frame.left, y: event.clientY - frame.top };
  }

  private press(event: PointerEvent): void {
    if (event.button !== 0) return;
    this.dragging = false;
    this.pointers.set(event.pointerId, this.local(event));
  }

  private drag(event: PointerEvent): void {
    const before = this.pointers.get(event.pointerId);
    if (!before) return;
    const now = this.local(event);
    const [dx, dy] = [now.x - before.x, now.y - before.y];
    if (!this.dragging && Math.hypot(dx, dy) < drag_threshold) return;
    if (!this.dragging) this.frame.setPointerCapture(event.pointerId);
    this.dragging = true;
    const other = [...this.pointers].find(([id]) => id !== event.pointerId)?.[1];
    if (other) {
      const stretch = distance(now, other) / Math.max(distance(before, other), 1);
      this.zoom(stretch, { x: (now.x + other.x) / 2, y: (now.y + other.y) / 2 });
    } else {
      this.x += dx;
      this.y += dy;
      this.moved = true;
      this.apply();
    }
    this.pointers.set(event.pointerId, now);
  }

  private wheel(event: WheelEvent): void {
    // Without Ctrl it scrolls the page, which is what most wheels are turned for.
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    this.zoom(Math.exp(-event.deltaY / 300), this.local(event));
  }
}

function distance(a: Point, b: Point): number {
  return Math.hypot(a.x - b.x, a.y - b.y);
}
