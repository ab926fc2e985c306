// The dashboard: gives every frame of the feed to the views.
import { DecisionLog } from './decision_log';
import { Detail } from './detail';
import { by_id } from './dom';
import { ErrorList } from './error_list';
import { Feed, type Link } from './feed';
import { GraphView } from './graph_view';
import { History } from './history';
import { show_legend } from './legend';
import { Login } from './login';
import type { Frame } from './model';
import { Plots } from './plots';
import { ProcessTable } from './process_table';
import { Status } from './status';
import { VerdictView } from './verdict';

const detail = new Detail();
const open = (process: string) => detail.open(process);
const graph = new GraphView({ open, tap: (process, port) => detail.open_tap(process, port) });
const verdict = new VerdictView(open);
const table = new ProcessTable(open);
const errors = new ErrorList(open);
const history = new History();
const plots = new Plots(history);
const status = new Status(history);
const decisions = new DecisionLog();
const login = new Login(() => feed.start());
show_legend();

let newest: Frame | null = null;
let drawing = false;

/** Draws the newest frame once, and nothing while nobody looks. */
function draw(): void {
  drawing = false;
  if (!newest || document.hidden) return;
  by_id('content').hidden = false;
  status.update(newest);
  verdict.update(newest);
  graph.update(newest);
  table.update(newest);
  errors.update(newest);
  detail.update(newest);
  plots.update();
  void decisions.refresh();
}

function draw_soon(): void {
  if (drawing) return;
  drawing = true;
  requestAnimationFrame(draw);
}

function on_link(link: Link): void {
  status.set_link(link);
  if (link.state === 'locked') {
    login.show();
  } else if (link.state === 'live' || link.state === 'polling') {
    login.hide();
  }
}

const feed = new Feed((frame) => {
  history.add(frame);
  newest = frame;
  draw_soon();
}, on_link);

document.addEventListener('visibilitychange', draw_soon);
by_id('retry').addEventListener('click', () => feed.start());
feed.start();
