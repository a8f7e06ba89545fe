/** The small pieces that every view is made of. */

import * as React from 'react';
import { nullTranslator } from '@jupyterlab/translation';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { LabIcon } from '@jupyterlab/ui-components';
import type { ISignal } from '@lumino/signaling';

import { fullText } from '../client';
import type { Refusal } from '../client';
import type { Service, Strings } from '../wire';

/** The words of the user's language. */
export const Trans = React.createContext<TranslationBundle>(nullTranslator.load('jupyter_mlops'));

export function useTrans(): TranslationBundle {
  return React.useContext(Trans);
}

/** What a view can ask for beyond itself. Nothing here fetches. */
export interface Desk {
  /** Put the line into a new cell of the notebook in front. */
  insert(magic: string): void;
  copy(text: string): void;
  run(command: string, args?: Readonly<Record<string, string | number | boolean>>): void;
}

export const DeskContext = React.createContext<Desk>({ insert: () => {}, copy: () => {}, run: () => {} });

export function useDesk(): Desk {
  return React.useContext(DeskContext);
}

/** Render again when `changed` is emitted. */
export function useSnapshot<S>(model: { readonly snapshot: S; readonly changed: ISignal<unknown, void> }): S {
  const subscribe = React.useCallback(
    (listen: () => void) => {
      model.changed.connect(listen);
      return () => {
        model.changed.disconnect(listen);
      };
    },
    [model]
  );
  return React.useSyncExternalStore(subscribe, () => model.snapshot);
}

const TONES: Readonly<Record<string, string>> = {
  Healthy: 'ok',
  Succeeded: 'ok',
  Transitioning: 'go',
  Running: 'go',
  Queued: 'go',
  Unhealthy: 'bad',
  Failed: 'bad',
  Unschedulable: 'bad',
  Cancelled: 'warn',
  Interrupted: 'warn'
};

/** The word of a state of a service or operation; one that is not known stands as it came. */
export function stateWord(state: string | null, trans: TranslationBundle): string {
  const words: Readonly<Record<string, string>> = {
    Healthy: trans.__('Healthy'),
    Transitioning: trans.__('Transitioning'),
    Unhealthy: trans.__('Unhealthy'),
    Unschedulable: trans.__('Unschedulable'),
    Failed: trans.__('Failed'),
    Queued: trans.__('Queued'),
    Running: trans.__('Running'),
    Succeeded: trans.__('Succeeded'),
    Cancelled: trans.__('Cancelled'),
    Interrupted: trans.__('Interrupted')
  };
  return state === null ? trans.__('asking…') : (words[state] ?? state);
}

/** A state: a coloured dot and its word; why, under the pointer. */
export function Badge(props: { state: string | null; reason?: string | null; terse?: boolean }): JSX.Element {
  const trans = useTrans();
  const word = stateWord(props.state, trans);
  const tone = (props.state !== null && TONES[props.state]) || 'dim';
  const title = props.reason ? `${word}: ${props.reason}` : word;
  return (
    <span className="jp-mlops-badge" data-tone={tone} title={title}>
      <span className="jp-mlops-dot" aria-hidden="true" />
      <span className={props.terse ? 'jp-mlops-unseen' : undefined}>{word}</span>
    </span>
  );
}

/** `name:3`: where there is little room the name is cut, never its version. */
export function Named(props: { name: string; version: number }): JSX.Element {
  return (
    <span className="jp-mlops-name" title={`${props.name}:${props.version}`}>
      <span>{props.name}</span>
      <span className="jp-mlops-version">:{props.version}</span>
    </span>
  );
}

export function Chips(props: { of: Strings }): JSX.Element | null {
  const entries = Object.entries(props.of);
  if (entries.length === 0) {
    return null;
  }
  return (
    <span className="jp-mlops-chips">
      {entries.map(([key, value]) => (
        <span key={key} className="jp-mlops-chip">
          {value === '' ? key : `${key}=${value}`}
        </span>
      ))}
    </span>
  );
}

/** "behind by 2 versions"; where there is little room, "behind by 2". */
export function Behind(props: { service: Service; short?: boolean }): JSX.Element | null {
  const trans = useTrans();
  const count = props.service.behind.reduce((sum, item) => sum + item.versions, 0);
  if (count === 0) {
    return null;
  }
  const title = props.service.behind
    .map(item => trans.__('runs %1; the newest is %2', item.model, item.newest))
    .join('\n');
  return (
    <span className="jp-mlops-behind" title={title}>
      {props.short ? trans.__('behind by %1', count) : trans._n('behind by %1 version', 'behind by %1 versions', count)}
    </span>
  );
}

/** What runs is not what its image holds: a script was reloaded. */
export function Differs(props: { service: Service; short?: boolean }): JSX.Element | null {
  const trans = useTrans();
  const { differs } = props.service;
  if (!differs) {
    return null;
  }
  return (
    <span className="jp-mlops-behind" title={differs}>
      {props.short ? trans.__('differs') : trans.__('differs from its image')}
    </span>
  );
}

export function Button(props: {
  children: React.ReactNode;
  /** Without it the button submits its form, as Enter in one of its fields does. */
  onClick?: () => void;
  kind?: 'accept' | 'warn' | 'plain';
  disabled?: boolean;
  title?: string;
  node?: React.Ref<HTMLButtonElement>;
}): JSX.Element {
  const kind = props.kind ?? 'plain';
  return (
    <button
      ref={props.node}
      type={props.onClick ? 'button' : 'submit'}
      className={`jp-mlops-button jp-mlops-mod-${kind}`}
      disabled={props.disabled}
      title={props.title}
      onClick={props.onClick}
    >
      {props.children}
    </button>
  );
}

export function IconButton(props: {
  icon: LabIcon;
  label: string;
  onClick: (event: React.MouseEvent) => void;
  tabIndex?: number;
}): JSX.Element {
  return (
    <button
      type="button"
      className="jp-mlops-icon-button"
      title={props.label}
      aria-label={props.label}
      tabIndex={props.tabIndex}
      onClick={event => {
        event.stopPropagation();
        props.onClick(event);
      }}
    >
      <props.icon.react tag="span" />
    </button>
  );
}

/** Nothing here yet: what to do first. */
export function Empty(props: { text: string; children?: React.ReactNode }): JSX.Element {
  return (
    <div className="jp-mlops-empty">
      <p>{props.text}</p>
      {props.children}
    </div>
  );
}

/** The line to type that does the same. */
export function MagicLine(props: { line: string | null }): JSX.Element | null {
  const trans = useTrans();
  const desk = useDesk();
  const line = props.line;
  if (line === null) {
    return null;
  }
  return (
    <div className="jp-mlops-magic">
      <span className="jp-mlops-magic-label">{trans.__('The same in a cell')}</span>
      <code tabIndex={0}>{line}</code>
      <button type="button" className="jp-mlops-link" onClick={() => desk.insert(line)}>
        {trans.__('Insert')}
      </button>
      <button type="button" className="jp-mlops-link" onClick={() => desk.copy(line)}>
        {trans.__('Copy')}
      </button>
    </div>
  );
}

/** An error where it happened: its line, and the rest folded. `here`: where it stands says what it is about. */
export function Trouble(props: { refusal: Refusal | null; id?: string; here?: boolean }): JSX.Element | null {
  const trans = useTrans();
  if (props.refusal === null) {
    return null;
  }
  const { problem } = props.refusal;
  const where = props.here ? null : problem.where?.replace(/^body\.?/, '');
  return (
    <div className="jp-mlops-trouble" role="alert" id={props.id}>
      <p>
        {where ? <b>{where}: </b> : null}
        {problem.what}
      </p>
      {problem.hint ? <p className="jp-mlops-hint">{problem.hint}</p> : null}
      {problem.details ? (
        <details>
          <summary>{trans.__('The whole text')}</summary>
          <pre tabIndex={0}>{fullText(problem)}</pre>
        </details>
      ) : null}
    </div>
  );
}

/** Names and what they are; empty ones are left out. */
export function Facts(props: { of: readonly (readonly [string, React.ReactNode])[] }): JSX.Element {
  return (
    <dl className="jp-mlops-facts">
      {props.of
        .filter(([, value]) => value !== null && value !== undefined && value !== '' && value !== false)
        .map(([name, value]) => (
          <React.Fragment key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </React.Fragment>
        ))}
    </dl>
  );
}

/** A few exclusive choices in one row. */
export function Choice<T extends string>(props: {
  label: string;
  value: T;
  options: readonly (readonly [T, string])[];
  onChange: (value: T) => void;
}): JSX.Element {
  const name = React.useId();
  return (
    <div className="jp-mlops-choice" role="radiogroup" aria-label={props.label}>
      {props.options.map(([value, label]) => (
        <label key={value} data-chosen={value === props.value}>
          <input
            type="radio"
            name={name}
            value={value}
            checked={value === props.value}
            onChange={() => props.onChange(value)}
          />
          {label}
        </label>
      ))}
    </div>
  );
}
