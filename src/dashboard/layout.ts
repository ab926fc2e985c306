// Where the boxes and lines of a graph go. Found in a worker, so that a large graph never holds up
// the page, and only when the graph has changed.

export interface Size {
  width: number;
  height: number;
}

/** From one box to another, by their places in the task. */
export interface Line {
  from: number;
  to: number;
}

export interface LayoutTask {
  serial: number;
  boxes: Size[];
  lines: Line[];
  /** Layers from top to bottom, for places that are higher than wide; else from left to right. */
  vertical: boolean;
  /** Width over height of the place where it will be shown. */
  aspect: number;
}

export interface Point {
  x: number;
  y: number;
}

export interface Layout {
  serial: number;
  /** Centres of the boxes, in the order of the task. */
  boxes: Point[];
  /** What a line passes between its two boxes. */
  lines: Point[][];
  width: number;
  height: number;
}

declare const LAYOUT_WORKER: string;

/** The one address that the page's policy lets a worker come from. */
function worker_address(): string {
  type Policy = { createScriptURL(url: string): string };
  type Factory = { createPolicy(name: string, rules: Policy): Policy };
  const factory = (window as { trustedTypes?: Factory }).trustedTypes;
  const policy = factory?.createPolicy('weir', { createScriptURL: () => LAYOUT_WORKER });
  return policy ? policy.createScriptURL(LAYOUT_WORKER) : LAYOUT_WORKER;
}

export class LayoutService {
  private worker = new Worker(worker_address());
  private serial = 0;

  /** Only the last task that was asked for is answered. */
  constructor(on_layout: (layout: Layout) => void) {
    this.worker.addEventListener('message', (event: MessageEvent<Layout>) => {
      if (event.data.serial === this.serial) on_layout(event.data);
    });
  }

  ask(task: Omit<LayoutTask, 'serial'>): void {
    this.worker.postMessage({ ...task, serial: ++this.serial });
  }
}
