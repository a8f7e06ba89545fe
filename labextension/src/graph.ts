/** Where the nodes of the workflow picture stand. Pure. */

import type { Edge, Lineage, Node } from './wire';

export interface Placed {
  readonly node: Node;
  /** 0: models, 1: images, 2: services. */
  readonly column: number;
  readonly row: number;
}

export interface Layout {
  readonly placed: readonly Placed[];
  readonly edges: readonly { readonly from: Placed; readonly to: Placed }[];
  readonly rows: number;
}

const COLUMN: Readonly<Record<Node['kind'], number>> = { model: 0, image: 1, service: 2 };

/** Columns by kind; in each the order that crosses the fewest lines, found by the barycentre of the neighbours. */
export function layout(lineage: Lineage): Layout {
  const columns: Node[][] = [[], [], []];
  lineage.nodes.forEach(node => columns[COLUMN[node.kind]].push(node));
  columns.forEach(column => column.sort((a, b) => b.created.localeCompare(a.created)));
  for (let sweep = 0; sweep < 4; sweep += 1) {
    const forward = sweep % 2 === 0;
    (forward ? [1, 2] : [1, 0]).forEach(index => {
      const beside = columns[forward ? index - 1 : index + 1];
      columns[index] = ordered(columns[index], beside, lineage.edges);
    });
  }
  const placed = columns.flatMap((column, index) => column.map((node, row) => ({ node, column: index, row })));
  const byId = new Map(placed.map(each => [each.node.id, each]));
  const edges = lineage.edges.flatMap(edge => {
    const from = byId.get(edge.from);
    const to = byId.get(edge.to);
    return from && to ? [{ from, to }] : [];
  });
  return { placed, edges, rows: Math.max(...columns.map(column => column.length)) };
}

function ordered(column: readonly Node[], beside: readonly Node[], edges: readonly Edge[]): Node[] {
  const places = new Map(beside.map((node, index) => [node.id, index]));
  const weight = (node: Node, index: number): number => {
    const found = edges
      .flatMap(edge => (edge.from === node.id ? [places.get(edge.to)] : edge.to === node.id ? [places.get(edge.from)] : []))
      .filter((place): place is number => place !== undefined);
    return found.length > 0 ? found.reduce((sum, place) => sum + place, 0) / found.length : index;
  };
  const weighed = column.map((node, index) => ({ node, weight: weight(node, index) }));
  return weighed.sort((a, b) => a.weight - b.weight).map(each => each.node);
}

/** A node and all that it is made of or that is made of it. */
export function kin(id: string, edges: readonly Edge[]): ReadonlySet<string> {
  const found = new Set([id]);
  const walk = (from: string, step: (edge: Edge, at: string) => string | null): void => {
    for (const edge of edges) {
      const next = step(edge, from);
      if (next !== null && !found.has(next)) {
        found.add(next);
        walk(next, step);
      }
    }
  };
  walk(id, (edge, at) => (edge.from === at ? edge.to : null));
  const below = new Set(found);
  found.clear();
  found.add(id);
  walk(id, (edge, at) => (edge.to === at ? edge.from : null));
  return new Set([...found, ...below]);
}
