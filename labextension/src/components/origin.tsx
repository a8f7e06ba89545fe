/** Where something came from, and what uses it. */

import * as React from 'react';

import type { Provenance, Use } from '../wire';
import { useDesk, useTrans } from './parts';

/** Where something came from, down to the cell, as a link when it is a notebook. */
export function Origin(props: { of: Provenance }): JSX.Element | null {
  const trans = useTrans();
  const desk = useDesk();
  const { notebook, cell, user, host, git_commit, git_dirty } = props.of;
  const who = [user, host].filter(Boolean).join('@');
  const commit = git_commit ? ` · git ${git_commit.slice(0, 7)}${git_dirty ? '+' : ''}` : '';
  if (!notebook) {
    return who ? <>{who + commit}</> : null;
  }
  const label = cell ? trans.__('%1, cell [%2]', notebook.split('/').pop() ?? notebook, cell) : notebook;
  return (
    <>
      <button
        type="button"
        className="jp-mlops-link"
        onClick={() => desk.run('jupyter-mlops:open-origin', { notebook, cell: cell ?? 0 })}
      >
        {label}
      </button>
      {who ? ` · ${who}` : ''}
      {commit}
    </>
  );
}

export function Uses(props: { of: readonly Use[] }): JSX.Element {
  const trans = useTrans();
  const desk = useDesk();
  if (props.of.length === 0) {
    return <>{trans.__('nothing')}</>;
  }
  return (
    <>
      {props.of.map((use, index) => (
        <React.Fragment key={`${use.kind}/${use.id}`}>
          {index > 0 ? ', ' : ''}
          {use.kind === 'service' ? (
            <button
              type="button"
              className="jp-mlops-link"
              onClick={() => desk.run('jupyter-mlops:open-service', { name: use.id })}
            >
              {trans.__('service %1', use.id)}
            </button>
          ) : (
            trans.__('image %1', use.id)
          )}
        </React.Fragment>
      ))}
    </>
  );
}
