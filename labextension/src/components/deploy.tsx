/** The form of a deployment, or of an update; then its plan. */

import * as React from 'react';
import type { JSONValue } from '@lumino/coreutils';

import type { Refusal } from '../client';
import type { DeployRequest, Image, Model, OptionSchema, Plan, Script, ServiceDetail, Target } from '../wire';
import { serviceNameFrom } from '../words';
import { Button, Field, MagicLine, Trouble, useTrans } from './parts';

/** What can be chosen. */
export interface Choices {
  readonly models: readonly Model[];
  readonly images: readonly Image[];
  readonly scripts: readonly Script[];
  readonly environments: readonly string[];
  readonly targets: readonly Target[];
}

export interface Draft {
  readonly name: string;
  readonly from: 'model' | 'image';
  readonly model: string;
  readonly image: string;
  /** Empty: the one that the model brings; `file:` and a path; else the name of a captured one. */
  readonly script: string;
  readonly entryScript: string;
  /** Empty: inferred; `file` with `condaFile`; else the name of a registered one. */
  readonly environment: string;
  readonly condaFile: string;
  readonly target: string;
  readonly description: string;
  readonly options: Readonly<Record<string, string>>;
}

/** The draft as a request. Options that were left empty are the target's; the usual target is not named. */
export function requestOf(draft: Draft, schema: OptionSchema | null, usual = ''): DeployRequest {
  const request: DeployRequest = { name: draft.name.trim() };
  if (draft.from === 'image') {
    request.image = draft.image;
  } else {
    request.models = draft.model === '' ? [] : [draft.model];
    if (draft.script === 'file:') {
      request.entry_script = draft.entryScript;
    } else if (draft.script !== '') {
      request.script = draft.script;
    }
    if (draft.environment === 'file:') {
      request.conda_file = draft.condaFile;
    } else if (draft.environment !== '') {
      request.environment = draft.environment;
    }
  }
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
  const models = withChosen(choices.models.map(model => model.id), draft.model);
  const images = withChosen(choices.images.map(image => image.id), draft.image);
  return (
    <form
      className="jp-mlops-form"
      onSubmit={event => {
        event.preventDefault();
        (props.plan === null && service === null ? props.onPlan : props.onGo)();
      }}
    >
      <fieldset disabled={props.busy}>
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
              <select
                aria-label={trans.__('Model')}
                value={draft.model}
                onChange={event => set({ model: event.target.value })}
              >
                {models.map(id => (
                  <option key={id}>{id}</option>
                ))}
              </select>
            ) : (
              <select
                aria-label={trans.__('Image')}
                value={draft.image}
                onChange={event => set({ image: event.target.value })}
              >
                {draft.image === '' ? <option value="">{trans.__('choose…')}</option> : null}
                {images.map(id => (
                  <option key={id}>{id}</option>
                ))}
              </select>
            )}
          </div>
          {service === null ? (
            <Field label={trans.__('Service')} help={trans.__('3 to 32 small letters, digits or “-”')}>
              {ids => (
                <input
                  {...ids}
                  autoFocus
                  required
                  value={draft.name}
                  onChange={event => set({ name: event.target.value })}
                  onBlur={() => draft.name !== '' && set({ name: serviceNameFrom(draft.name) })}
                />
              )}
            </Field>
          ) : null}
        </div>
        {draft.from === 'model' ? <ScriptFields draft={draft} choices={choices} set={set} service={service} /> : null}
        {service === null ? (
          <Field label={trans.__('Target')} help={target?.unavailable ? target.unavailable.what : undefined}>
            {ids => (
              <select {...ids} value={draft.target} onChange={event => set({ target: event.target.value, options: {} })}>
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
      </fieldset>
      <Trouble refusal={props.refusal} />
      {props.plan ? <PlanView plan={props.plan} /> : null}
      <MagicLine line={props.plan?.magic ?? props.magic} />
      <div className="jp-mlops-bar jp-mlops-foot">
        <span className="jp-mlops-spring" />
        <Button onClick={props.onClose}>{trans.__('Cancel')}</Button>
        {service === null ? (
          <>
            <Button kind={props.plan === null ? 'accept' : 'plain'} disabled={props.busy} onClick={props.onPlan}>
              {props.busy && props.plan === null ? trans.__('Planning…') : trans.__('Show the plan')}
            </Button>
            <Button kind="accept" disabled={props.busy || props.plan === null} onClick={props.onGo}>
              {trans.__('Deploy')}
            </Button>
          </>
        ) : (
          <Button kind="accept" disabled={props.busy} onClick={props.onGo}>
            {trans.__('Update')}
          </Button>
        )}
      </div>
    </form>
  );
}

function withChosen(ids: readonly string[], chosen: string): readonly string[] {
  return chosen === '' || ids.includes(chosen) ? ids : [chosen, ...ids];
}

function ScriptFields(props: {
  draft: Draft;
  choices: Choices;
  service: ServiceDetail | null;
  set: (change: Partial<Draft>) => void;
}): JSX.Element {
  const trans = useTrans();
  const { draft, choices, set } = props;
  const scripts = [...new Map(choices.scripts.map(script => [script.name, script])).values()];
  return (
    <div className="jp-mlops-pair">
      <Field label={trans.__('Script')}>
        {ids => (
          <>
            <select {...ids} value={draft.script} onChange={event => set({ script: event.target.value })}>
              <option value="">
                {props.service ? trans.__('as it is') : trans.__('the one that the model brings')}
              </option>
              {scripts.map(script => (
                <option key={script.name} value={script.name}>
                  {script.proven ? trans.__('%1 (proven)', script.name) : script.name}
                </option>
              ))}
              <option value="file:">{trans.__('a file…')}</option>
            </select>
            {draft.script === 'file:' ? (
              <input
                aria-label={trans.__('Path of the entry script')}
                placeholder="score.py"
                value={draft.entryScript}
                onChange={event => set({ entryScript: event.target.value })}
              />
            ) : null}
          </>
        )}
      </Field>
      <Field label={trans.__('Packages')}>
        {ids => (
          <>
            <select {...ids} value={draft.environment} onChange={event => set({ environment: event.target.value })}>
              <option value="">{trans.__('what the script needs, as installed')}</option>
              {choices.environments.map(name => (
                <option key={name}>{name}</option>
              ))}
              <option value="file:">{trans.__('a conda file…')}</option>
            </select>
            {draft.environment === 'file:' ? (
              <input
                aria-label={trans.__('Path of the conda file')}
                placeholder="conda.yml"
                value={draft.condaFile}
                onChange={event => set({ condaFile: event.target.value })}
              />
            ) : null}
          </>
        )}
      </Field>
    </div>
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
    <Field label={name} help={option.description}>
      {ids =>
        listed ? (
          <select {...ids} value={value} onChange={event => onChange(event.target.value)}>
            <option value="">{fallback}</option>
            {listed.map(each => (
              <option key={String(each)}>{String(each)}</option>
            ))}
          </select>
        ) : kind === 'object' ? (
          <textarea {...ids} rows={2} placeholder="NAME=value" value={value} onChange={event => onChange(event.target.value)} />
        ) : (
          <input
            {...ids}
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
