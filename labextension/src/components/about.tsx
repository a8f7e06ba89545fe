/** The keys of a service, and what it was made from. */

import * as React from 'react';

import type { Keys, ServiceDetail } from '../wire';
import { ago } from '../words';
import { Origin } from './origin';
import { Button, Chips, Facts, MagicLine, useTrans } from './parts';
import type { PageProps } from './service';

function KeyRow(props: {
  label: string;
  value: string | null;
  onCopy: () => void;
  onRegenerate: () => void;
}): JSX.Element {
  const trans = useTrans();
  return (
    <div className="jp-mlops-bar">
      <span className="jp-mlops-key-name">{props.label}</span>
      <code>{props.value ?? '••••••••••••••••'}</code>
      <button type="button" className="jp-mlops-link" aria-label={trans.__('Copy the %1 key', props.label)} onClick={props.onCopy}>
        {trans.__('Copy')}
      </button>
      <button
        type="button"
        className="jp-mlops-link"
        aria-label={trans.__('Make the %1 key new', props.label)}
        onClick={props.onRegenerate}
      >
        {trans.__('Make new…')}
      </button>
    </div>
  );
}

export function AboutView(props: PageProps & { detail: ServiceDetail; keys: Keys | null }): JSX.Element {
  const trans = useTrans();
  const { detail, keys } = props;
  return (
    <>
      <h3>{trans.__('Keys')}</h3>
      {detail.auth_enabled ? (
        <>
          {(['primary', 'secondary'] as const).map(key => (
            <KeyRow
              key={key}
              label={key === 'primary' ? trans.__('primary') : trans.__('secondary')}
              value={keys ? keys[key] : null}
              onCopy={() => props.onCopyKey(key)}
              onRegenerate={() => props.onRegenerate(key)}
            />
          ))}
          <Button onClick={keys ? props.onHide : props.onReveal}>{keys ? trans.__('Hide') : trans.__('Show')}</Button>
          <MagicLine line={props.magic.keys ?? null} />
        </>
      ) : (
        <p>{trans.__('Everybody who reaches it may call it: it was deployed with auth_enabled=False.')}</p>
      )}
      <h3>{trans.__('Origin')}</h3>
      <Facts
        of={[
          [trans.__('what'), detail.description],
          [trans.__('models'), detail.models.join(', ')],
          [trans.__('image'), detail.image],
          [trans.__('script'), detail.script],
          [trans.__('from'), <Origin of={detail.provenance} />],
          [trans.__('tags'), Object.keys(detail.tags).length > 0 ? <Chips of={detail.tags} /> : null],
          [trans.__('interpreter'), <code>{detail.interpreter}</code>],
          [trans.__('made'), `${ago(detail.created, trans)} · ${detail.created_by}`]
        ]}
      />
    </>
  );
}
