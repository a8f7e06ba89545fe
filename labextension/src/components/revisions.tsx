/** The revisions of a service, and the way back to each. */

import * as React from 'react';

import type { Revision, ServiceDetail } from '../wire';
import { ago } from '../words';
import { Button, MagicLine, useDesk, useTrans } from './parts';
import { Origin } from './origin';

function options(revision: Revision): string {
  return Object.entries(revision.options)
    .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(', ');
}

export function RevisionsView(props: { detail: ServiceDetail; magic: string | null }): JSX.Element {
  const trans = useTrans();
  const desk = useDesk();
  const { detail } = props;
  return (
    <>
      <div className="jp-mlops-scroll" tabIndex={0} role="region" aria-label={trans.__('Revisions')}>
        <table className="jp-mlops-grid jp-mlops-mod-wide">
          <thead>
            <tr>
              <th scope="col">{trans.__('revision')}</th>
              <th scope="col">{trans.__('image')}</th>
              <th scope="col">{trans.__('options')}</th>
              <th scope="col">{trans.__('made')}</th>
              <th scope="col">{trans.__('from')}</th>
              <td />
            </tr>
          </thead>
          <tbody>
            {detail.revisions.map(revision => (
              <tr key={revision.number} data-current={revision.current}>
                <td>{revision.number}</td>
                <td>{revision.image}</td>
                <td>{options(revision)}</td>
                <td title={revision.created}>{ago(revision.created, trans)}</td>
                <td>
                  <Origin of={revision.provenance} />
                </td>
                <td>
                  {revision.current ? (
                    <b>{trans.__('current')}</b>
                  ) : (
                    <Button
                      onClick={() =>
                        desk.run('jupyter-mlops:roll-back-service', { name: detail.name, revision: revision.number })
                      }
                    >
                      {trans.__('Go back to %1', revision.number)}
                    </Button>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <MagicLine line={props.magic} />
    </>
  );
}
