/** The plots of a service: rate, latency, errors, in flight. */

import * as React from 'react';

import type { Metrics } from '../wire';
import { figure, milliseconds } from '../words';
import { Choice, MagicLine, useTrans } from './parts';
import { Plot } from './plots';

export function MonitorView(props: {
  metrics: Metrics | null;
  span: number;
  onWindow: (seconds: number) => void;
  magic: string | null;
}): JSX.Element {
  const trans = useTrans();
  const steps = props.metrics?.steps ?? [];
  const whole = props.metrics?.whole ?? null;
  const xs = steps.map(step => Date.parse(step.end));
  const share = (value: number | null): string => (value === null ? '–' : `${figure(value * 100)} %`);
  const plain = (value: number | null): string => (value === null ? '–' : figure(value));
  const plot = { xs, span: props.span };
  return (
    <>
      <div className="jp-mlops-bar">
        <Choice
          label={trans.__('How much time is shown')}
          value={String(props.span)}
          options={[
            ['60', trans.__('1 min')],
            ['300', trans.__('5 min')],
            ['1800', trans.__('30 min')],
            ['3600', trans.__('1 h')]
          ]}
          onChange={value => props.onWindow(Number(value))}
        />
        {whole ? (
          <span className="jp-mlops-dim">
            {trans._n('%1 request', '%1 requests', whole.requests)}, {trans._n('%1 error', '%1 errors', whole.errors)}
            {whole.restarts > 0 ? `, ${trans._n('%1 restart', '%1 restarts', whole.restarts)}` : ''}
          </span>
        ) : null}
      </div>
      <div className="jp-mlops-plots">
        <Plot
          {...plot}
          title={trans.__('Requests a second')}
          say={plain}
          series={[{ label: trans.__('rate'), values: steps.map(step => step.rate), tone: 1 }]}
        />
        <Plot
          {...plot}
          title={trans.__('Latency')}
          say={milliseconds}
          series={[
            { label: 'p50', values: steps.map(step => step.latency.p50), tone: 1 },
            { label: 'p95', values: steps.map(step => step.latency.p95), tone: 2 },
            { label: 'p99', values: steps.map(step => step.latency.p99), tone: 3 }
          ]}
        />
        <Plot
          {...plot}
          title={trans.__('Errors')}
          say={share}
          series={[{ label: trans.__('share'), values: steps.map(step => step.error_share), tone: 3 }]}
        />
        <Plot
          {...plot}
          title={trans.__('In flight')}
          say={plain}
          series={[
            { label: trans.__('running'), values: steps.map(step => step.in_flight), tone: 1 },
            { label: trans.__('waiting'), values: steps.map(step => step.waiting), tone: 2 }
          ]}
        />
      </div>
      <MagicLine line={props.magic} />
    </>
  );
}
