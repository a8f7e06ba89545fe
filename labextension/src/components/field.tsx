/** A field of a form; the refusal of the form stands at the field that it is about. */

import * as React from 'react';

import type { Refusal } from '../client';
import type { Problem } from '../wire';
import { Trouble } from './parts';

/** A refusal, and the field of the request that it is about (`options.workers`); null where it is about none. */
export interface Refused {
  readonly refusal: Refusal;
  readonly field: string | null;
}

export const RefusedContext = React.createContext<Refused | null>(null);

/**
 * Which field of a request a problem is about: `body.options.workers` is `options.workers`, `body.models[0]` is
 * `models`; where the problem names a value (a path, an URL) or quotes a checksum, the field that has it.
 */
export function fieldOf(problem: Problem, request: object): string | null {
  const named = /^body\.(options\.[^.[]+|[^.[]+)/.exec(problem.where ?? '');
  if (named) {
    return named[1];
  }
  const given = Object.entries(request).filter(([, value]) => typeof value === 'string' && value !== '');
  const quoted = given.find(([name, value]) => name === 'sha256' && problem.what.includes(String(value)));
  return (quoted ?? given.find(([, value]) => value === problem.where))?.[0] ?? null;
}

/** What an input is told by, and whether it was refused. */
export interface Said {
  readonly 'aria-describedby': string | undefined;
  readonly 'aria-invalid': true | undefined;
}

/** For the input of a field of the request: how it is described, and the refusal, which stands in place of the help. */
export function useRefused(of: string | undefined, help?: string): readonly [Said, JSX.Element | null] {
  const refused = React.useContext(RefusedContext);
  const id = React.useId();
  const wrong = of !== undefined && refused?.field === of ? refused.refusal : null;
  return [
    { 'aria-describedby': wrong ? id : help, 'aria-invalid': wrong ? true : undefined },
    wrong ? <Trouble refusal={wrong} id={id} here /> : null
  ];
}

/** A text in which code stands between backticks. */
function marked(text: string): React.ReactNode {
  return text.split('`').map((part, at) => (at % 2 === 1 ? <code key={at}>{part}</code> : part));
}

export function Field(props: {
  label: string;
  /** The field of the request that it is. */
  of?: string;
  help?: string;
  /** The label is for screen readers alone: it is seen by where the field stands. */
  quiet?: boolean;
  children: (input: Said & { id: string }) => React.ReactNode;
}): JSX.Element {
  const id = React.useId();
  const help = props.help ? `${id}-help` : undefined;
  const [said, trouble] = useRefused(props.of, help);
  return (
    <div className="jp-mlops-field">
      <label htmlFor={id} className={props.quiet ? 'jp-mlops-unseen' : undefined}>
        {props.label}
      </label>
      {props.children({ id, ...said })}
      {trouble ??
        (props.help ? (
          <span className="jp-mlops-help" id={help}>
            {marked(props.help)}
          </span>
        ) : null)}
    </div>
  );
}
