/** What an image is made of, as a part of a form: models, script, packages. */

import * as React from 'react';

import type { BuildRequest, Model, Script } from '../wire';
import { Field, useRefused } from './field';
import { useTrans } from './parts';

/** What can be chosen. */
export interface Contents {
  readonly models: readonly Model[];
  readonly scripts: readonly Script[];
  readonly environments: readonly string[];
}

export interface Content {
  readonly models: readonly string[];
  /** Empty: the one that the model brings; `file:` and a path; else the name of a captured one. */
  readonly script: string;
  readonly entryScript: string;
  /** Empty: inferred; `file:` with `condaFile`; else the name of a registered one. */
  readonly environment: string;
  readonly condaFile: string;
}

export const NO_CONTENT: Content = { models: [], script: '', entryScript: '', environment: '', condaFile: '' };

/** The content as a part of a request. */
export function contentOf(content: Content): Omit<BuildRequest, 'name'> {
  const script =
    content.script === 'file:'
      ? { entry_script: content.entryScript }
      : content.script === ''
        ? {}
        : { script: content.script };
  const environment =
    content.environment === 'file:'
      ? { conda_file: content.condaFile }
      : content.environment === ''
        ? {}
        : { environment: content.environment };
  return { models: content.models.filter(id => id !== ''), ...script, ...environment };
}

/** The chosen one is there to be seen, also where the list does not reach it. */
export function withChosen(ids: readonly string[], chosen: string): readonly string[] {
  return chosen === '' || ids.includes(chosen) ? ids : [chosen, ...ids];
}

/** One select for each model; a second one is asked for. */
export function ModelFields(props: {
  models: readonly Model[];
  chosen: readonly string[];
  onChange: (models: readonly string[]) => void;
}): JSX.Element {
  const trans = useTrans();
  const { models, onChange } = props;
  const ids = models.map(model => model.id);
  const chosen = props.chosen.length > 0 ? props.chosen : [''];
  const free = ids.find(id => !chosen.includes(id));
  const [said, trouble] = useRefused('models');
  return (
    <>
      {chosen.map((id, at) => (
        <span key={at} className="jp-mlops-several">
          <select
            {...(at === 0 ? said : {})}
            aria-label={at === 0 ? trans.__('Model') : trans.__('Model %1', at + 1)}
            title={id}
            value={id}
            onChange={event => onChange(chosen.map((old, n) => (n === at ? event.target.value : old)))}
          >
            {id === '' ? <option value="">{trans.__('choose…')}</option> : null}
            {withChosen(ids, id).map(each => (
              <option key={each}>{each}</option>
            ))}
          </select>
          {at > 0 ? (
            <button
              type="button"
              className="jp-mlops-link"
              aria-label={trans.__('Leave %1 out', id)}
              onClick={() => onChange(chosen.filter((_, n) => n !== at))}
            >
              <span aria-hidden="true">×</span>
            </button>
          ) : null}
        </span>
      ))}
      {trouble}
      {free !== undefined && chosen[0] !== '' ? (
        <button type="button" className="jp-mlops-link" onClick={() => onChange([...chosen, free])}>
          {trans.__('Add a model')}
        </button>
      ) : null}
    </>
  );
}

export function ScriptFields(props: {
  content: Content;
  choices: Contents;
  /** What no script means. */
  usual: string;
  set: (change: Partial<Content>) => void;
}): JSX.Element {
  const trans = useTrans();
  const { content, choices, set } = props;
  const scripts = [...new Map(choices.scripts.map(script => [script.name, script])).values()];
  return (
    <div className="jp-mlops-pair">
      <div className="jp-mlops-field">
        <Field of="script" label={trans.__('Script')}>
          {input => (
            <select {...input} value={content.script} onChange={event => set({ script: event.target.value })}>
              <option value="">{props.usual}</option>
              {scripts.map(script => (
                <option key={script.name} value={script.name}>
                  {script.proven ? trans.__('%1 (proven)', script.name) : script.name}
                </option>
              ))}
              <option value="file:">{trans.__('a file…')}</option>
            </select>
          )}
        </Field>
        {content.script === 'file:' ? (
          <Field quiet of="entry_script" label={trans.__('Path of the entry script')}>
            {input => (
              <input
                {...input}
                required
                placeholder="score.py"
                value={content.entryScript}
                onChange={event => set({ entryScript: event.target.value })}
              />
            )}
          </Field>
        ) : null}
      </div>
      <div className="jp-mlops-field">
        <Field of="environment" label={trans.__('Packages')}>
          {input => (
            <select {...input} value={content.environment} onChange={event => set({ environment: event.target.value })}>
              <option value="">{trans.__('what the script needs, as installed')}</option>
              {choices.environments.map(name => (
                <option key={name}>{name}</option>
              ))}
              <option value="file:">{trans.__('a conda file…')}</option>
            </select>
          )}
        </Field>
        {content.environment === 'file:' ? (
          <Field quiet of="conda_file" label={trans.__('Path of the conda file')}>
            {input => (
              <input
                {...input}
                required
                placeholder="conda.yml"
                value={content.condaFile}
                onChange={event => set({ condaFile: event.target.value })}
              />
            )}
          </Field>
        ) : null}
      </div>
    </div>
  );
}
