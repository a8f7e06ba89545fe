/** The form that makes an image without deploying it. */

import * as React from 'react';

import type { Refusal } from '../client';
import type { BuildRequest } from '../wire';
import { contentOf, ModelFields, ScriptFields } from './content';
import type { Content, Contents } from './content';
import { Field } from './field';
import { FormFrame, NameField } from './frame';
import { Button, useTrans } from './parts';

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
  const { draft, choices, busy } = props;
  const set = (change: Partial<BuildDraft>): void => props.onChange({ ...draft, ...change });
  return (
    <FormFrame
      {...props}
      request={buildRequestOf(draft)}
      below={
        <p className="jp-mlops-help">
          {trans.__('The script is proven before it is frozen: it must answer the example that was recorded. Nothing is started.')}
        </p>
      }
      buttons={
        <Button kind="accept" disabled={busy || draft.name.trim() === ''}>
          {busy ? trans.__('Beginning…') : trans.__('Build')}
        </Button>
      }
    >
      <div className="jp-mlops-pair">
        <div className="jp-mlops-field">
          <span>{trans.__('Models')}</span>
          <ModelFields models={choices.models} chosen={draft.models} onChange={models => set({ models })} />
        </div>
        <NameField
          label={trans.__('Image')}
          autoFocus
          names={props.names}
          value={draft.name}
          onChange={name => set({ name })}
        />
      </div>
      <ScriptFields content={draft} choices={choices} usual={trans.__('the one that the model brings')} set={set} />
      <Field of="description" label={trans.__('Description')}>
        {input => (
          <input {...input} value={draft.description} onChange={event => set({ description: event.target.value })} />
        )}
      </Field>
    </FormFrame>
  );
}
