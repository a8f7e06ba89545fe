/** The form that registers a model: from a file or folder, a URL, or a variable of the running kernel. */

import * as React from 'react';

import type { JSONValue } from '@lumino/coreutils';

import type { Refusal } from '../client';
import type { Variable } from '../kernel';
import { nameFrom } from '../words';
import { useFocusKept } from './focus';
import { Button, Empty, Field, MagicLine, Trouble, useTrans } from './parts';

export type Source =
  | { readonly kind: 'path'; readonly path: string }
  | { readonly kind: 'url' }
  | { readonly kind: 'variable'; readonly kernel: string; readonly variables: readonly Variable[] };

export interface Entry {
  readonly name: string;
  readonly url: string;
  readonly sha256: string;
  readonly variable: string;
  /** A variable of the kernel; for a file or URL, JSON. */
  readonly sample: string;
  readonly description: string;
  /** `k=v` separated by blanks. */
  readonly tags: string;
}

export const BLANK: Entry = { name: '', url: '', sha256: '', variable: '', sample: '', description: '', tags: '' };

export function tagsOf(text: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    text
      .split(/\s+/)
      .filter(word => word !== '')
      .map(word => {
        const at = word.indexOf('=');
        return at < 0 ? [word, ''] : [word.slice(0, at), word.slice(at + 1)];
      })
  );
}

export interface RegisterProps {
  readonly source: Source;
  readonly entry: Entry;
  readonly names: readonly string[];
  readonly busy: boolean;
  readonly refusal: Refusal | null;
  readonly magic: string | null;
  readonly onChange: (entry: Entry) => void;
  readonly onGo: () => void;
  readonly onClose: () => void;
}

export function RegisterForm(props: RegisterProps): JSX.Element {
  const trans = useTrans();
  const list = React.useId();
  useFocusKept(props.busy);
  const { source, entry } = props;
  const set = (change: Partial<Entry>): void => props.onChange({ ...entry, ...change });
  if (source.kind === 'variable' && !source.variables.some(each => each.role === 'model')) {
    return (
      <>
        <Empty text={trans.__('The kernel of %1 holds no model yet. Run the cell that trains it, then come back.', source.kernel)} />
        <div className="jp-mlops-bar jp-mlops-foot">
          <span className="jp-mlops-spring" />
          <Button onClick={props.onClose}>{trans.__('Close')}</Button>
        </div>
      </>
    );
  }
  return (
    <form
      className="jp-mlops-form"
      onSubmit={event => {
        event.preventDefault();
        props.onGo();
      }}
    >
      <fieldset disabled={props.busy}>
        <SourceFields {...props} set={set} />
        <Field label={trans.__('Name')} help={trans.__('a name that is there already gets its next version')}>
          {ids => (
            <>
              <input
                {...ids}
                required
                autoFocus={source.kind === 'path'}
                list={list}
                value={entry.name}
                onChange={event => set({ name: event.target.value })}
              />
              <datalist id={list}>
                {props.names.map(name => (
                  <option key={name} value={name} />
                ))}
              </datalist>
            </>
          )}
        </Field>
        <div className="jp-mlops-pair">
          <Field label={trans.__('Description')}>
            {ids => <input {...ids} value={entry.description} onChange={event => set({ description: event.target.value })} />}
          </Field>
          <Field label={trans.__('Tags')}>
            {ids => (
              <input
                {...ids}
                placeholder="stage=test"
                value={entry.tags}
                onChange={event => set({ tags: event.target.value })}
              />
            )}
          </Field>
        </div>
      </fieldset>
      <Trouble refusal={props.refusal} />
      <MagicLine line={props.magic} />
      <div className="jp-mlops-bar jp-mlops-foot">
        <span className="jp-mlops-spring" />
        <Button onClick={props.onClose}>{trans.__('Cancel')}</Button>
        <Button kind="accept" disabled={props.busy || entry.name === ''}>
          {props.busy ? trans.__('Registering…') : trans.__('Register')}
        </Button>
      </div>
    </form>
  );
}

/** The text as JSON; null when it is none yet. */
export function sampleOf(text: string): JSONValue {
  try {
    return JSON.parse(text) as JSONValue;
  } catch {
    return null;
  }
}

function SampleField(props: { entry: Entry; set: (change: Partial<Entry>) => void }): JSX.Element {
  const trans = useTrans();
  const { sample } = props.entry;
  const wrong = sample.trim() !== '' && sampleOf(sample) === null;
  return (
    <Field
      label={trans.__('Example input')}
      help={wrong ? trans.__('this is no JSON yet') : trans.__('rows as JSON: makes the request form, and proves the script')}
    >
      {ids => (
        <textarea
          {...ids}
          rows={3}
          spellCheck={false}
          aria-invalid={wrong}
          placeholder='[{"age": 0.04, "bmi": 0.06}]'
          value={sample}
          onChange={event => props.set({ sample: event.target.value })}
        />
      )}
    </Field>
  );
}

function SourceFields(props: RegisterProps & { set: (change: Partial<Entry>) => void }): JSX.Element {
  const trans = useTrans();
  const { source, entry, set } = props;
  switch (source.kind) {
    case 'path':
      return (
        <>
          <p>
            <code>{source.path}</code>
          </p>
          <SampleField {...props} />
        </>
      );
    case 'url':
      return (
        <>
          <Field label={trans.__('URL')}>
            {ids => (
              <input
                {...ids}
                type="url"
                required
                autoFocus
                placeholder="https://…"
                value={entry.url}
                onChange={event => set({ url: event.target.value })}
                onBlur={() => entry.name === '' && set({ name: nameFrom(entry.url) })}
              />
            )}
          </Field>
          <Field label="SHA-256" help={trans.__('what its bytes must have: who published it says so')}>
            {ids => (
              <input
                {...ids}
                required
                pattern="[0-9a-fA-F]{64}"
                spellCheck={false}
                value={entry.sha256}
                onChange={event => set({ sha256: event.target.value.trim() })}
              />
            )}
          </Field>
          <SampleField {...props} />
        </>
      );
    case 'variable':
      return (
        <div className="jp-mlops-pair">
          <Field label={trans.__('Variable')} help={trans.__('of the kernel of %1', source.kernel)}>
            {ids => (
              <select {...ids} autoFocus value={entry.variable} onChange={event => set({ variable: event.target.value })}>
                {source.variables
                  .filter(each => each.role === 'model')
                  .map(each => (
                    <option key={each.name} value={each.name}>
                      {`${each.name}: ${each.type}`}
                    </option>
                  ))}
              </select>
            )}
          </Field>
          <Field label={trans.__('Example input')} help={trans.__('records what a request looks like')}>
            {ids => (
              <select {...ids} value={entry.sample} onChange={event => set({ sample: event.target.value })}>
                <option value="">{trans.__('none')}</option>
                {source.variables
                  .filter(each => each.role === 'data')
                  .map(each => (
                    <option key={each.name} value={each.name}>
                      {`${each.name}: ${each.type} ${each.shape}`}
                    </option>
                  ))}
              </select>
            )}
          </Field>
        </div>
      );
  }
}
