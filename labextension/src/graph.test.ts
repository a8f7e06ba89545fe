import { expect, it } from 'vitest';

import { kin, layout } from './graph';
import type { Lineage, Node } from './wire';

function node(id: string, created = '2026-01-01'): Node {
  const [kind, label] = id.split('/');
  return { id, kind: kind as Node['kind'], name: label, version: 1, label, state: null, created };
}

const LINEAGE: Lineage = {
  nodes: [node('model/a:1'), node('model/b:1', '2026-01-02'), node('image/a:1', '2026-01-03'), node('image/b:1'), node('service/b')],
  edges: [
    { from: 'model/a:1', to: 'image/a:1' },
    { from: 'model/b:1', to: 'image/b:1' },
    { from: 'image/b:1', to: 'service/b' }
  ]
};

it('puts kinds into columns and crosses no line that need not cross', () => {
  const { placed, edges, rows } = layout(LINEAGE);
  const at = new Map(placed.map(each => [each.node.id, [each.column, each.row]]));
  expect(at.get('service/b')?.[0]).toBe(2);
  expect(at.get('model/b:1')?.[1]).toBe(at.get('image/b:1')?.[1]);
  expect(edges).toHaveLength(3);
  expect(rows).toBe(2);
});

it('knows what a thing is made of, and what is made of it', () => {
  expect([...kin('image/b:1', LINEAGE.edges)].sort()).toEqual(['image/b:1', 'model/b:1', 'service/b']);
});
