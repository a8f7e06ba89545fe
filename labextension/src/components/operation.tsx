/** One operation as it goes: its stages, its log, how it ended. */

import * as React from 'react';

import { Refusal } from '../client';
import { isOver } from '../operationModel';
import type { OperationSnapshot } from '../operationModel';
import { split } from '../model';
import type { Event, Operation } from '../wire';
import { took } from '../words';
import { isLost } from './focus';
import { Badge, Button, Empty, MagicLine, Trouble, useDesk, useTrans } from './parts';
import { operationTitle } from './sections';

type Mark = 'done' | 'now' | 'failed' | 'next';

/** How far each stage is. */
export function marks(operation: Operation): readonly (readonly [string, Mark])[] {
  const at = operation.stage === null ? -1 : operation.stages.indexOf(operation.stage);
  return operation.stages.map((stage, index) => {
    if (operation.state === 'Succeeded' || index < at) {
      return [stage, 'done'];
    }
    if (index > at) {
      return [stage, 'next'];
    }
    return [stage, isOver(operation) ? 'failed' : 'now'];
  });
}

const SIGNS: Readonly<Record<Mark, string>> = { done: '✓', now: '', failed: '✕', next: '' };

export function OperationView(props: OperationSnapshot & { onCancel: () => void; onDone?: () => void }): JSX.Element {
  const trans = useTrans();
  const { operation } = props;
  const view = React.useRef<HTMLDivElement>(null);
  const there = operation !== null;
  React.useEffect(() => {
    // It takes the place of a form, whose buttons have gone and the focus with them.
    if (isLost(document.activeElement)) {
      view.current?.focus();
    }
  }, [there]);
  if (operation === null) {
    return props.problem ? <Trouble refusal={props.problem} /> : <Empty text={trans.__('Reading…')} />;
  }
  const over = isOver(operation);
  return (
    <div className="jp-mlops-operation" ref={view} tabIndex={-1}>
      <p className="jp-mlops-result">
        <b>{operationTitle(operation, trans)}</b>
        <Badge state={operation.state} reason={operation.error?.what} />
        <span className="jp-mlops-dim">{took(operation.started, operation.finished)}</span>
      </p>
      <ol className="jp-mlops-stages" aria-label={trans.__('Stages')}>
        {marks(operation).map(([stage, mark]) => (
          <li key={stage} data-mark={mark} aria-current={mark === 'now' ? 'step' : undefined}>
            <span className="jp-mlops-mark" aria-hidden="true">
              {SIGNS[mark]}
            </span>
            {stage}
            {mark === 'now' && operation.progress !== null ? (
              <progress value={operation.progress} max={1} aria-label={stage} />
            ) : null}
          </li>
        ))}
      </ol>
      {operation.error ? <Trouble refusal={new Refusal(operation.error, 0)} /> : null}
      <Log events={props.events} />
      <div className="jp-mlops-bar">
        {over ? null : <Button onClick={props.onCancel}>{trans.__('Cancel the operation')}</Button>}
        {operation.state === 'Succeeded' ? <Next operation={operation} onDone={props.onDone} /> : null}
      </div>
      <MagicLine line={`%operations ${operation.id}`} />
    </div>
  );
}

/** What one goes on with: the service that runs now, or the image that can be deployed. */
function Next(props: { operation: Operation; onDone?: () => void }): JSX.Element | null {
  const trans = useTrans();
  const desk = useDesk();
  const { kind, result, subject } = props.operation;
  const [, name] = split(subject);
  const next = React.useRef<HTMLButtonElement>(null);
  React.useEffect(() => {
    // Who has waited goes on by Enter; who reads the log, or is elsewhere, is left there.
    const held = document.activeElement;
    if (isLost(held) || held?.matches('.jp-mlops-modal .jp-mlops-operation')) {
      next.current?.focus();
    }
  }, []);
  const go = (label: string, command: string, args: Readonly<Record<string, string>>): JSX.Element => (
    <Button
      kind="accept"
      node={next}
      onClick={() => {
        props.onDone?.();
        desk.run(command, args);
      }}
    >
      {label}
    </Button>
  );
  if (kind === 'deploy' || kind === 'update') {
    return go(trans.__('Open %1', name), 'jupyter-mlops:open-service', { name });
  }
  if (kind === 'build' && typeof result.image === 'string') {
    return go(trans.__('Deploy %1…', result.image), 'jupyter-mlops:deploy', { image: result.image });
  }
  if (kind === 'register' && typeof result.model === 'string') {
    return go(trans.__('Deploy %1…', result.model), 'jupyter-mlops:deploy', { model: result.model });
  }
  return null;
}

function Log(props: { events: readonly Event[] }): JSX.Element | null {
  const trans = useTrans();
  const end = React.useRef<HTMLPreElement>(null);
  const lines = props.events.filter(event => event.kind === 'log' || event.kind === 'stage');
  React.useEffect(() => {
    end.current?.scrollTo({ top: end.current.scrollHeight });
  }, [lines.length]);
  if (lines.length === 0) {
    return null;
  }
  return (
    <pre className="jp-mlops-log" ref={end} role="log" aria-label={trans.__('Log')} tabIndex={0}>
      {lines.map(event => (
        <span key={event.number} data-kind={event.kind}>
          {event.message + '\n'}
        </span>
      ))}
    </pre>
  );
}
