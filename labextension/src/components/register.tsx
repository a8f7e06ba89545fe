/** The form that registers a model: from a file or folder, a URL, or a variable of the running kernel. */

import * as React from 'react';

import type { JSONValue } from '@lumino/coreutils';

import type { Refusal } from '../client';
import type { Variable } from '../kernel';
import { nameFrom } from '../words';
import { Field } from './field';
import { Foot, FormFrame, NameField } from './frame';
import { Button, Empty, useTrans } from './parts';

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
  const { source, entry, busy } = props;
  const set = (change: Partial<Entry>): void => props.onChange({ ...entry, ...change });
  const unready = entry.name === '' || (source.kind !== 'variable' && isUnread(entry.sample));
  if (source.kind === 'variable' && !source.variables.some(each => each.role === 'model')) {
    return (
      <>
        <Empty text={trans.__('The kernel of %1 holds no model yet. Run the cell that trains it, then come back.', source.kernel)} />
        <Foot onClose={props.onClose} close={trans.__('Close')} />
      </>
    );
  }
  return (
    <FormFrame
      {...props}
      request={entry}
      buttons={
        <Button kind="accept" disabled={busy || unready}>
          {busy ? trans.__('Registering…') : trans.__('Register')}
        </Button>
      }
    >
      <SourceFields {...props} set={set} />
      <NameField
        label={trans.__('Name')}
        autoFocus={source.kind === 'path'}
        names={props.names}
        value={entry.name}
        onChange={name => set({ name })}
      />
      <div className="jp-mlops-pair">
        <Field of="description" label={trans.__('Description')}>
          {input => (
            <input {...input} value={entry.description} onChange={event => set({ description: event.target.value })} />
          )}
        </Field>
        <Field of="tags" label={trans.__('Tags')}>
          {input => (
            <input
              {...input}
              placeholder="stage=test"
              value={entry.tags}
              onChange={event => set({ tags: event.target.value })}
            />
          )}
        </Field>
      </div>
    </FormFrame>
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

/** Something was typed that is no JSON. */
function isUnread(sample: string): boolean {
  return sample.trim() !== '' && sampleOf(sample) === null;
}

function SampleField(props: { entry: Entry; set: (change: Partial<Entry>) => void }): JSX.Element {
  const trans = useTrans();
  const { sample } = props.entry;
  const wrong = isUnread(sample);
  return (
    <Field
      of="sample"
      label={trans.__('Example input')}
      help={wrong ? trans.__('this is no JSON yet') : trans.__('rows as JSON: makes the request form, and proves the script')}
    >
      {input => (
        <textarea
          {...input}
          rows={3}
          spellCheck={false}
          aria-invalid={wrong || input['aria-invalid']}
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
          <Field of="url" label={trans.__('URL')}>
            {input => (
              <input
                {...input}
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
          <Field of="sha256" label="SHA-256" help={trans.__('what its bytes must have: who published it says so')}>
            {input => (
              <input
                {...input}
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
          <Field of="variable" label={trans.__('Variable')} help={trans.__('of the kernel of %1', source.kernel)}>
            {input => (
              <select {...input} autoFocus value={entry.variable} onChange={event => set({ variable: event.target.value })}>
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
          <Field of="sample" label={trans.__('Example input')} help={trans.__('records what a request looks like')}>
            {input => (
              <select {...input} value={entry.sample} onChange={event => set({ sample: event.target.value })}>
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
