/** The form of a deployment, or of an update; then its plan. */

import * as React from 'react';
import type { JSONValue } from '@lumino/coreutils';

import type { Refusal } from '../client';
import type { DeployRequest, Image, OptionSchema, Plan, ServiceDetail, Target } from '../wire';
import { serviceNameFrom } from '../words';
import { contentOf, ModelFields, ScriptFields, withChosen } from './content';
import type { Content, Contents } from './content';
import { Field } from './field';
import { FormFrame } from './frame';
import { Button, useTrans } from './parts';

/** What can be chosen. */
export interface Choices extends Contents {
  readonly images: readonly Image[];
  readonly targets: readonly Target[];
}

export interface Draft extends Content {
  readonly name: string;
  readonly from: 'model' | 'image';
  readonly image: string;
  readonly target: string;
  readonly description: string;
  readonly options: Readonly<Record<string, string>>;
}

/** The draft as a request. Options that were left empty are the target's; the usual target is not named. */
export function requestOf(draft: Draft, schema: OptionSchema | null, usual = ''): DeployRequest {
  const content = draft.from === 'image' ? { image: draft.image } : contentOf(draft);
  const request: DeployRequest = { name: draft.name.trim(), ...content };
  if (draft.target !== '' && draft.target !== usual) {
    request.target = draft.target;
  }
  if (draft.description !== '') {
    request.description = draft.description;
  }
  const options = optionsOf(draft.options, schema);
  if (Object.keys(options).length > 0) {
    request.options = options;
  }
  return request;
}

export function optionsOf(
  texts: Readonly<Record<string, string>>,
  schema: OptionSchema | null
): Readonly<Record<string, JSONValue>> {
  const made: Record<string, JSONValue> = {};
  for (const [name, text] of Object.entries(texts)) {
    const option = schema?.properties?.[name];
    if (text.trim() !== '' && option) {
      made[name] = valueOf(text.trim(), kindOf(option));
    }
  }
  return made;
}

type Kind = 'integer' | 'number' | 'boolean' | 'array' | 'object' | 'string';

/** The kind of an option: the first of its types that is not null. */
export function kindOf(option: OptionSchema): Kind {
  const types = option.type ?? option.anyOf?.map(each => String(each.type)) ?? 'string';
  const listed = Array.isArray(types) ? (types as readonly string[]) : [types as string];
  return (listed.find(type => type !== 'null') ?? 'string') as Kind;
}

function valueOf(text: string, kind: Kind): JSONValue {
  switch (kind) {
    case 'integer':
    case 'number':
      return Number.isNaN(Number(text)) ? text : Number(text);
    case 'boolean':
      return text === 'true';
    case 'array':
      return text.split(/[\s,]+/).filter(part => part !== '');
    case 'object':
      return Object.fromEntries(
        text.split('\n').flatMap(each => {
          const at = each.indexOf('=');
          return at > 0 ? [[each.slice(0, at).trim(), each.slice(at + 1)]] : [];
        })
      );
    case 'string':
      return text;
  }
}

export interface DeployProps {
  readonly choices: Choices;
  readonly draft: Draft;
  /** The service that is updated; null for a new one. */
  readonly service: ServiceDetail | null;
  readonly plan: Plan | null;
  readonly magic: string | null;
  readonly busy: boolean;
  readonly refusal: Refusal | null;
  readonly onChange: (draft: Draft) => void;
  readonly onPlan: () => void;
  readonly onGo: () => void;
  readonly onClose: () => void;
}

export function DeployForm(props: DeployProps): JSX.Element {
  const trans = useTrans();
  const { draft, choices, service } = props;
  const set = (change: Partial<Draft>): void => props.onChange({ ...draft, ...change });
  const target = choices.targets.find(each => each.name === draft.target) ?? null;
  const images = withChosen(choices.images.map(image => image.id), draft.image);
  const planned = props.plan !== null;
  const go = React.useRef<HTMLButtonElement>(null);
  const tidy = (): void => {
    const name = serviceNameFrom(draft.name);
    if (draft.name !== '' && name !== draft.name) {
      set({ name });
    }
  };
  return (
    <FormFrame
      {...props}
      request={requestOf(draft, target?.schema ?? null)}
      magic={props.plan?.magic ?? props.magic}
      onGo={planned || service !== null ? props.onGo : props.onPlan}
      next={planned ? go : undefined}
      below={props.plan ? <PlanView plan={props.plan} /> : null}
      buttons={
        service === null ? (
          <>
            <Button kind={planned ? 'plain' : 'accept'} disabled={props.busy} onClick={planned ? props.onPlan : undefined}>
              {props.busy && !planned ? trans.__('Planning…') : trans.__('Show the plan')}
            </Button>
            <Button kind="accept" disabled={props.busy || !planned} onClick={planned ? undefined : props.onGo} node={go}>
              {trans.__('Deploy')}
            </Button>
          </>
        ) : (
          <Button kind="accept" disabled={props.busy}>
            {trans.__('Update')}
          </Button>
        )
      }
    >
      <div className="jp-mlops-pair">
        <div className="jp-mlops-field">
          <span className="jp-mlops-from">
            {(['model', 'image'] as const).map(from => (
              <label key={from}>
                <input type="radio" checked={draft.from === from} onChange={() => set({ from })} />
                {from === 'model' ? trans.__('Model') : trans.__('Image')}
              </label>
            ))}
          </span>
          {draft.from === 'model' ? (
            <ModelFields models={choices.models} chosen={draft.models} onChange={models => set({ models })} />
          ) : (
            <Field quiet of="image" label={trans.__('Image')}>
              {input => (
                <select {...input} value={draft.image} onChange={event => set({ image: event.target.value })}>
                  {draft.image === '' ? <option value="">{trans.__('choose…')}</option> : null}
                  {images.map(id => (
                    <option key={id}>{id}</option>
                  ))}
                </select>
              )}
            </Field>
          )}
        </div>
        {service === null ? (
          <Field of="name" label={trans.__('Service')} help={trans.__('3 to 32 small letters, digits or “-”')}>
            {input => (
              <input
                {...input}
                autoFocus
                required
                value={draft.name}
                onChange={event => set({ name: event.target.value })}
                onBlur={tidy}
                onKeyDown={event => event.key === 'Enter' && tidy()}
              />
            )}
          </Field>
        ) : null}
      </div>
      {draft.from === 'model' ? (
        <ScriptFields
          content={draft}
          choices={choices}
          usual={service ? trans.__('as it is') : trans.__('the one that the model brings')}
          set={set}
        />
      ) : null}
      {service === null ? (
        <Field of="target" label={trans.__('Target')} help={target?.unavailable ? target.unavailable.what : undefined}>
          {input => (
            <select {...input} value={draft.target} onChange={event => set({ target: event.target.value, options: {} })}>
              {choices.targets.map(each => (
                <option key={each.name} value={each.name} disabled={each.unavailable !== null}>
                  {each.attached ? `${each.name} (${each.kind})` : each.name}
                  {each.unavailable ? ` – ${trans.__('not here')}` : ''}
                </option>
              ))}
            </select>
          )}
        </Field>
      ) : null}
      {target ? (
        <details className="jp-mlops-options">
          <summary>
            {trans.__('Options of %1', target.name)}
            {Object.values(draft.options).some(text => text !== '') ? ' •' : ''}
          </summary>
          <div className="jp-mlops-pair">
            {Object.entries(target.schema.properties ?? {}).map(([name, option]) => (
              <OptionField
                key={name}
                name={name}
                option={option}
                value={draft.options[name] ?? ''}
                onChange={value => set({ options: { ...draft.options, [name]: value } })}
              />
            ))}
          </div>
        </details>
      ) : null}
    </FormFrame>
  );
}

function OptionField(props: {
  name: string;
  option: OptionSchema;
  value: string;
  onChange: (value: string) => void;
}): JSX.Element {
  const { name, option, value, onChange } = props;
  const kind = kindOf(option);
  const listed = option.enum ?? (kind === 'boolean' ? [true, false] : null);
  const fallback = option.default === undefined || option.default === null ? '' : JSON.stringify(option.default);
  return (
    <Field of={`options.${name}`} label={name} help={option.description}>
      {input =>
        listed ? (
          <select {...input} value={value} onChange={event => onChange(event.target.value)}>
            <option value="">{fallback}</option>
            {listed.map(each => (
              <option key={String(each)}>{String(each)}</option>
            ))}
          </select>
        ) : kind === 'object' ? (
          <textarea {...input} rows={2} placeholder="NAME=value" value={value} onChange={event => onChange(event.target.value)} />
        ) : (
          <input
            {...input}
            inputMode={kind === 'integer' || kind === 'number' ? 'decimal' : undefined}
            placeholder={fallback.replace(/^"|"$/g, '')}
            value={value}
            onChange={event => onChange(event.target.value)}
          />
        )
      }
    </Field>
  );
}

export function PlanView(props: { plan: Plan }): JSX.Element {
  const trans = useTrans();
  return (
    <section className="jp-mlops-plan" aria-label={trans.__('The plan')} aria-live="polite">
      <h3>{trans.__('What will happen')}</h3>
      <dl className="jp-mlops-facts">
        {props.plan.items.map((item, index) => (
          <React.Fragment key={index}>
            <dt>{item.name}</dt>
            <dd>{item.text}</dd>
          </React.Fragment>
        ))}
      </dl>
      {props.plan.notices.map(notice => (
        <p key={notice} className="jp-mlops-notice">
          {notice}
        </p>
      ))}
    </section>
  );
}
