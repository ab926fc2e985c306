// Errors by process and kind, the most first.
import { by_id, html, Keyed, set_text } from './dom';
import { count } from './format';
import type { Frame, Process } from './model';

class ErrorView {
  readonly element = html('li');
  private text = html('span');

  constructor(process: string, open: (process: string) => void) {
    const name = html(
      'button',
      { class: 'link', type: 'button', click: () => open(process) },
      process,
    );
    this.element.append('⚠ ', name, ' ', this.text);
  }

  update(process: Process): void {
    const kinds = Object.entries(process.errors_by_kind)
      .sort((a, b) => b[1] - a[1])
      .map(([kind, errors]) => `${kind} ${count(errors)}`);
    set_text(this.text, `${count(process.errors)}: ${kinds.join(', ')}`);
  }
}

export class ErrorList {
  private list: Keyed<Process, ErrorView>;

  constructor(open: (process: string) => void) {
    this.list = new Keyed<Process, ErrorView>(
      by_id('errors'),
      (process) => process.name,
      (process) => new ErrorView(process.name, open),
      (view, process) => view.update(process),
    );
  }

  update({ graph }: Frame): void {
    const failing = graph.processes.filter((process) => process.errors > 0);
    failing.sort((a, b) => b.errors - a.errors);
    this.list.show(failing);
    by_id('no-errors').hidden = failing.length > 0;
  }
}
