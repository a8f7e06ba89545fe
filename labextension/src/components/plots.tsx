/** Small line charts, drawn by hand as SVG. */

import * as React from 'react';

import { useTrans } from './parts';

export interface Series {
  readonly label: string;
  /** One for each x; null where nothing was measured. */
  readonly values: readonly (number | null)[];
  /** 1 … 3: which of the theme's colours. */
  readonly tone: 1 | 2 | 3;
}

export interface PlotProps {
  readonly title: string;
  /** Milliseconds of the epoch. */
  readonly xs: readonly number[];
  readonly series: readonly Series[];
  readonly say: (value: number | null) => string;
  readonly span: number;
}

const WIDTH = 460;
const HEIGHT = 150;
const LEFT = 52;
const RIGHT = 8;
const TOP = 10;
const BOTTOM = 20;

/** Marks of an axis from 0: about four, each 1, 2 or 5 times a power of ten. */
export function ticks(highest: number): readonly number[] {
  if (!(highest > 0)) {
    return [0, 1];
  }
  const rough = highest / 3;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map(factor => factor * power).find(each => each >= rough) ?? 10 * power;
  const count = Math.ceil(highest / step - 1e-9);
  return Array.from({ length: count + 1 }, (_, index) => Number((index * step).toPrecision(12)));
}

/** The path of a line; a value that is null breaks it. */
export function path(points: readonly (readonly [number, number] | null)[]): string {
  let pen = 'M';
  const parts: string[] = [];
  for (const point of points) {
    if (point === null) {
      pen = 'M';
    } else {
      parts.push(`${pen}${point[0].toFixed(1)} ${point[1].toFixed(1)}`);
      pen = 'L';
    }
  }
  return parts.join('');
}

function clock(time: number): string {
  return new Date(time).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit', second: '2-digit' });
}

export function Plot(props: PlotProps): JSX.Element {
  const trans = useTrans();
  const [at, setAt] = React.useState<number | null>(null);
  const { xs, series, say } = props;
  const last = xs.length > 0 ? xs[xs.length - 1] : 0;
  const first = last - props.span * 1000;
  const marks = ticks(Math.max(0, ...series.flatMap(each => each.values.map(value => value ?? 0))));
  const top = marks[marks.length - 1];
  const x = (time: number): number => LEFT + (Math.max(time - first, 0) / (props.span * 1000)) * (WIDTH - LEFT - RIGHT);
  const y = (value: number): number => TOP + (1 - value / top) * (HEIGHT - TOP - BOTTOM);
  const index = at === null ? xs.length - 1 : nearest(xs.map(x), at);
  const reading = (each: Series): string => `${each.label} ${say(each.values[index] ?? null)}`;
  const spoken = xs.length === 0 ? trans.__('no readings yet') : series.map(reading).join(', ');
  return (
    <figure className="jp-mlops-plot">
      <figcaption>
        <span>{props.title}</span>
        {xs.length > 0
          ? series.map(each => (
              <span key={each.label} className="jp-mlops-legend" data-tone={each.tone}>
                {reading(each)}
              </span>
            ))
          : null}
        {at !== null && xs.length > 0 ? <span className="jp-mlops-dim">{clock(xs[index])}</span> : null}
      </figcaption>
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        role="img"
        aria-label={`${props.title}: ${spoken}`}
        onMouseMove={event => {
          const box = event.currentTarget.getBoundingClientRect();
          setAt(((event.clientX - box.left) / box.width) * WIDTH);
        }}
        onMouseLeave={() => setAt(null)}
      >
        {marks.map(mark => (
          <g key={mark}>
            <line className="jp-mlops-rule" x1={LEFT} x2={WIDTH - RIGHT} y1={y(mark)} y2={y(mark)} />
            <text x={LEFT - 6} y={y(mark) + 3.5} textAnchor="end">
              {say(mark)}
            </text>
          </g>
        ))}
        {xs.length > 0 ? (
          <>
            <text x={LEFT} y={HEIGHT - 5}>
              {clock(first)}
            </text>
            <text x={WIDTH - RIGHT} y={HEIGHT - 5} textAnchor="end">
              {clock(last)}
            </text>
          </>
        ) : (
          <text x={(LEFT + WIDTH) / 2} y={HEIGHT / 2} textAnchor="middle">
            {trans.__('no readings yet')}
          </text>
        )}
        {series.map(each => (
          <g key={each.label} data-tone={each.tone}>
            <path
              className="jp-mlops-line"
              d={path(each.values.map((value, n) => (value === null || xs[n] < first ? null : [x(xs[n]), y(value)])))}
            />
            {index >= 0 && each.values[index] !== null && each.values[index] !== undefined ? (
              <circle className="jp-mlops-point" cx={x(xs[index])} cy={y(each.values[index] ?? 0)} r={2.5} />
            ) : null}
          </g>
        ))}
        {at !== null && index >= 0 ? (
          <line className="jp-mlops-cross" x1={x(xs[index])} x2={x(xs[index])} y1={TOP} y2={HEIGHT - BOTTOM} />
        ) : null}
      </svg>
    </figure>
  );
}

function nearest(places: readonly number[], at: number): number {
  let best = places.length - 1;
  places.forEach((place, index) => {
    if (Math.abs(place - at) < Math.abs(places[best] - at)) {
      best = index;
    }
  });
  return best;
}
