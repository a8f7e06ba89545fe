/** The form that makes an image without deploying it. */

import * as React from 'react';

import type { Refusal } from '../client';
import type { BuildRequest } from '../wire';
import { contentOf, ModelFields, ScriptFields } from './content';
import type { Content, Contents } from './content';
import { useFocusKept } from './focus';
import { Button, Field, MagicLine, Trouble, useTrans } from './parts';

export interface BuildDraft extends Content {
  readonly name: string;
  readonly description: string;
}

export function buildRequestOf(draft: BuildDraft): BuildRequest {
  const description = draft.description === '' ? {} : { description: draft.description };
  return { name: draft.name.trim(), ...contentOf(draft), ...description };
}

export interface BuildProps {
  readonly choices: Contents;
  readonly draft: BuildDraft;
  readonly names: readonly string[];
  readonly magic: string | null;
  readonly busy: boolean;
  readonly refusal: Refusal | null;
  readonly onChange: (draft: BuildDraft) => void;
  readonly onGo: () => void;
  readonly onClose: () => void;
}

export function BuildForm(props: BuildProps): JSX.Element {
  const trans = useTrans();
  const list = React.useId();
  useFocusKept(props.busy);
  const { draft, choices } = props;
  const set = (change: Partial<BuildDraft>): void => props.onChange({ ...draft, ...change });
  return (
    <form
      className="jp-mlops-form"
      onSubmit={event => {
        event.preventDefault();
        props.onGo();
      }}
    >
      <fieldset disabled={props.busy}>
        <div className="jp-mlops-pair">
          <div className="jp-mlops-field">
            <span>{trans.__('Models')}</span>
            <ModelFields models={choices.models} chosen={draft.models} onChange={models => set({ models })} />
          </div>
          <Field label={trans.__('Image')} help={trans.__('a name that is there already gets its next version')}>
            {ids => (
              <>
                <input
                  {...ids}
                  required
                  autoFocus
                  list={list}
                  value={draft.name}
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
        </div>
        <ScriptFields content={draft} choices={choices} usual={trans.__('the one that the model brings')} set={set} />
        <Field label={trans.__('Description')}>
          {ids => <input {...ids} value={draft.description} onChange={event => set({ description: event.target.value })} />}
        </Field>
      </fieldset>
      <p className="jp-mlops-help">
        {trans.__('The script is proven before it is frozen: it must answer the example that was recorded. Nothing is started.')}
      </p>
      <Trouble refusal={props.refusal} />
      <MagicLine line={props.magic} />
      <div className="jp-mlops-bar jp-mlops-foot">
        <span className="jp-mlops-spring" />
        <Button onClick={props.onClose}>{trans.__('Cancel')}</Button>
        <Button kind="accept" disabled={props.busy || draft.name.trim() === ''}>
          {props.busy ? trans.__('Beginning…') : trans.__('Build')}
        </Button>
      </div>
    </form>
  );
}
