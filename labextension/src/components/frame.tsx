/** What every form that makes something has: its fields, what was refused, the line that does the same, its buttons. */

import * as React from 'react';

import type { Refusal } from '../client';
import { Field, fieldOf, RefusedContext } from './field';
import { useFocusKept } from './focus';
import { Button, MagicLine, Trouble, useTrans } from './parts';

export interface FrameProps {
  readonly busy: boolean;
  readonly refusal: Refusal | null;
  /** What was asked, by the names that a refusal calls its parts. */
  readonly request: object;
  readonly magic: string | null;
  readonly onGo: () => void;
  readonly onClose: () => void;
  /** Beside “Cancel”; one of them submits. */
  readonly buttons: React.ReactNode;
  /** Between the fields and the line that does the same. */
  readonly below?: React.ReactNode;
  /** Where the focus goes when the work is done; without it back to what held it. */
  readonly next?: React.RefObject<HTMLElement>;
  readonly children: React.ReactNode;
}

export function FormFrame(props: FrameProps): JSX.Element {
  const { busy, refusal } = props;
  const form = React.useRef<HTMLFormElement>(null);
  const refused = refusal === null ? null : { refusal, field: fieldOf(refusal.problem, props.request) };
  const [placed, setPlaced] = React.useState(false);
  useFocusKept(busy, props.next);
  // After the focus has come back: a refusal takes it to its field, in the options too, which may be folded.
  React.useLayoutEffect(() => {
    const field = form.current?.querySelector('fieldset .jp-mlops-trouble')?.closest('.jp-mlops-field');
    const input = field?.querySelector<HTMLElement>('[aria-invalid="true"]');
    setPlaced(Boolean(input));
    input?.closest('details')?.setAttribute('open', '');
    input?.focus();
  }, [refusal, busy]);
  return (
    <form
      ref={form}
      className="jp-mlops-form"
      onSubmit={event => {
        event.preventDefault();
        props.onGo();
      }}
    >
      <RefusedContext.Provider value={refused}>
        <fieldset disabled={busy}>{props.children}</fieldset>
      </RefusedContext.Provider>
      {placed ? null : <Trouble refusal={refusal} />}
      {props.below}
      <MagicLine line={props.magic} />
      <Foot onClose={props.onClose}>{props.buttons}</Foot>
    </form>
  );
}

/** The row at the end: the way out, then what goes on. */
export function Foot(props: { onClose: () => void; close?: string; children?: React.ReactNode }): JSX.Element {
  const trans = useTrans();
  return (
    <div className="jp-mlops-bar jp-mlops-foot">
      <span className="jp-mlops-spring" />
      <Button onClick={props.onClose}>{props.close ?? trans.__('Cancel')}</Button>
      {props.children}
    </div>
  );
}

/** The name of what is made: those that are there are offered. */
export function NameField(props: {
  label: string;
  names: readonly string[];
  value: string;
  autoFocus?: boolean;
  onChange: (name: string) => void;
}): JSX.Element {
  const trans = useTrans();
  const list = React.useId();
  return (
    <Field of="name" label={props.label} help={trans.__('a name that is there already gets its next version')}>
      {input => (
        <>
          <input
            {...input}
            required
            autoFocus={props.autoFocus}
            list={list}
            value={props.value}
            onChange={event => props.onChange(event.target.value)}
          />
          <datalist id={list}>
            {props.names.map(name => (
              <option key={name} value={name} />
            ))}
          </datalist>
        </>
      )}
    </Field>
  );
}
