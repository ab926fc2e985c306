// The worker of layout.ts: dagre's layers, folded where there are very many.
import dagre from '@dagrejs/dagre';
import { fold } from './fold';
import type { Layout, LayoutTask, Point } from './layout';

const margin = 28;

function lay_out(task: LayoutTask): Layout {
  const graph = new dagre.graphlib.Graph({ multigraph: true });
  graph.setGraph({
    rankdir: task.vertical ? 'TB' : 'LR',
    nodesep: task.vertical ? 28 : 36,
    edgesep: 14,
    ranksep: task.vertical ? 64 : 84,
    marginx: margin,
    marginy: margin,
  });
  task.boxes.forEach(({ width, height }, at) => graph.setNode(String(at), { width, height }));
  task.lines.forEach(({ from, to }, at) => {
    graph.setEdge(String(from), String(to), {}, String(at));
  });
  dagre.layout(graph);

  const boxes = task.boxes.map((_, at): Point => {
    const { x, y } = graph.node(String(at));
    return { x, y };
  });
  const lines = task.lines.map(({ from, to }, at): Point[] => {
    // The ends are put to the ports by who draws the line.
    const between = graph.edge(String(from), String(to), String(at)).points.slice(1, -1);
    // Between neighbouring layers nothing stands in the way.
    return between.length > 1 ? between : [];
  });
  const { width = 0, height = 0 } = graph.graph() as { width?: number; height?: number };
  return fold({ serial: task.serial, boxes, lines, width, height }, task);
}

self.addEventListener('message', (event: MessageEvent<LayoutTask>) => {
  self.postMessage(lay_out(event.data));
});
