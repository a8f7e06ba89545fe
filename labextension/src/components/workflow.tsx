/** The workflow picture: models → images → services, live. */

import * as React from 'react';

import { kin, layout } from '../graph';
import type { Placed } from '../graph';
import type { Lineage } from '../wire';
import { Empty, MagicLine, stateWord, useTrans } from './parts';

const BOX = { width: 210, height: 38, across: 90, down: 14 };
const HEAD = 46;

function left(placed: Placed): number {
  return 8 + placed.column * (BOX.width + BOX.across);
}

function top(placed: Placed): number {
  return HEAD + 8 + placed.row * (BOX.height + BOX.down);
}

export function Workflow(props: {
  lineage: Lineage | null;
  all: boolean;
  onAll: (all: boolean) => void;
  onOpen: (id: string) => void;
}): JSX.Element {
  const trans = useTrans();
  const [pointed, setPointed] = React.useState<string | null>(null);
  if (props.lineage === null) {
    return <Empty text={trans.__('Reading…')} />;
  }
  if (props.lineage.nodes.length === 0) {
    return <Empty text={trans.__('Nothing is here yet. Register a model: it becomes the first box of this picture.')} />;
  }
  const { placed, edges, rows } = layout(props.lineage);
  const related = pointed === null ? null : kin(pointed, props.lineage.edges);
  const width = 16 + 3 * BOX.width + 2 * BOX.across;
  const height = HEAD + 16 + rows * (BOX.height + BOX.down);
  const heads = [trans.__('Models'), trans.__('Images'), trans.__('Services')];
  const steps = [trans.__('register'), trans.__('build'), trans.__('deploy, monitor, update')];
  return (
    <div className="jp-mlops-workflow">
      <label className="jp-mlops-check">
        <input type="checkbox" checked={props.all} onChange={event => props.onAll(event.target.checked)} />
        {trans.__('Old versions too')}
      </label>
      <svg viewBox={`0 0 ${width} ${height}`} style={{ maxWidth: width }} role="group" aria-label={trans.__('The workflow picture')}>
        {heads.map((head, column) => (
          <g key={head}>
            <text className="jp-mlops-head" x={8 + column * (BOX.width + BOX.across)} y={18}>
              {head}
            </text>
            <text className="jp-mlops-step" x={8 + column * (BOX.width + BOX.across)} y={36}>
              {steps[column]}
            </text>
          </g>
        ))}
        {edges.map(edge => (
          <path
            key={`${edge.from.node.id} ${edge.to.node.id}`}
            className="jp-mlops-edge"
            data-faint={related !== null && !(related.has(edge.from.node.id) && related.has(edge.to.node.id))}
            d={curve(edge.from, edge.to)}
          />
        ))}
        {placed.map(each => (
          <Box
            key={each.node.id}
            placed={each}
            faint={related !== null && !related.has(each.node.id)}
            onPoint={setPointed}
            onOpen={props.onOpen}
          />
        ))}
      </svg>
      <MagicLine line="%workspace" />
    </div>
  );
}

function curve(from: Placed, to: Placed): string {
  const x1 = left(from) + BOX.width;
  const y1 = top(from) + BOX.height / 2;
  const x2 = left(to);
  const y2 = top(to) + BOX.height / 2;
  const bend = (x2 - x1) / 2;
  return `M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`;
}

const TONES: Readonly<Record<string, string>> = { Healthy: 'ok', Transitioning: 'go', Unhealthy: 'bad', Failed: 'bad' };

function Box(props: {
  placed: Placed;
  faint: boolean;
  onPoint: (id: string | null) => void;
  onOpen: (id: string) => void;
}): JSX.Element {
  const { node } = props.placed;
  const trans = useTrans();
  const kind = { model: trans.__('model'), image: trans.__('image'), service: trans.__('service') }[node.kind];
  const said = [kind, node.label, node.state && stateWord(node.state, trans)].filter(Boolean).join(' ');
  return (
    <g
      className="jp-mlops-box"
      data-kind={node.kind}
      data-tone={TONES[node.state ?? ''] ?? 'dim'}
      data-faint={props.faint}
      transform={`translate(${left(props.placed)} ${top(props.placed)})`}
      role="button"
      tabIndex={0}
      aria-label={said}
      onMouseEnter={() => props.onPoint(node.id)}
      onMouseLeave={() => props.onPoint(null)}
      onFocus={() => props.onPoint(node.id)}
      onBlur={() => props.onPoint(null)}
      onClick={() => props.onOpen(node.id)}
      onKeyDown={event => {
        if (event.key === 'Enter' || event.key === ' ') {
          event.preventDefault();
          props.onOpen(node.id);
        }
      }}
    >
      <title>{said}</title>
      <rect width={BOX.width} height={BOX.height} rx={6} />
      {node.kind === 'service' ? <circle cx={16} cy={BOX.height / 2} r={4} /> : null}
      <text x={node.kind === 'service' ? 28 : 12} y={BOX.height / 2 + 4.5}>
        {clipped(node.label)}
      </text>
    </g>
  );
}

function clipped(label: string): string {
  return label.length > 26 ? `${label.slice(0, 25)}…` : label;
}
