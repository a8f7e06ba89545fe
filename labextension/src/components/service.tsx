/** The page of a service: state, keys, request, logs, plots, revisions, snippets. */

import * as React from 'react';

import type { Refusal } from '../client';
import type { ServiceSnapshot, Tab } from '../serviceModel';
import type { ServiceDetail, TestRequest } from '../wire';
import { AboutView } from './about';
import { CallView } from './call';
import { LogView } from './logs';
import { MonitorView } from './monitor';
import { Badge, Behind, Button, Differs, Empty, Facts, Trouble, useDesk, useTrans } from './parts';
import { RequestView } from './request';
import { RevisionsView } from './revisions';

export interface PageActions {
  readonly onTab: (tab: Tab) => void;
  readonly onSend: (request: TestRequest) => void;
  readonly onBody: (body: string) => void;
  readonly onReveal: () => void;
  readonly onHide: () => void;
  readonly onCopyKey: (key: 'primary' | 'secondary') => void;
  readonly onRegenerate: (key: 'primary' | 'secondary') => void;
  readonly onPause: (paused: boolean) => void;
  readonly onWindow: (seconds: number) => void;
}

export type PageMagic = Readonly<Partial<Record<Tab | 'keys', string>>>;

export interface PageProps extends PageActions {
  readonly name: string;
  readonly snapshot: ServiceSnapshot;
  readonly refusal: Refusal | null;
  readonly magic: PageMagic;
}

export function ServicePage(props: PageProps): JSX.Element {
  const trans = useTrans();
  const { snapshot, name } = props;
  const { detail } = snapshot;
  const id = React.useId();
  if (snapshot.gone) {
    return <Empty text={trans.__('The service %1 is not in this workspace any more.', name)} />;
  }
  if (detail === null) {
    return snapshot.problem ? <Trouble refusal={snapshot.problem} /> : <Empty text={trans.__('Reading…')} />;
  }
  return (
    <div className="jp-mlops-page">
      <Head detail={detail} />
      <Tabs id={id} tab={snapshot.tab} onTab={props.onTab} />
      <div role="tabpanel" id={id} aria-labelledby={`${id}-${snapshot.tab}`} className="jp-mlops-body">
        <Body {...props} detail={detail} />
      </div>
    </div>
  );
}

function Head(props: { detail: ServiceDetail }): JSX.Element {
  const trans = useTrans();
  const desk = useDesk();
  const { detail } = props;
  const name = detail.name;
  return (
    <header>
      <div className="jp-mlops-bar">
        <h2>{name}</h2>
        <Badge state={detail.state} reason={detail.error} />
        <Behind service={detail} />
        <Differs service={detail} />
        <span className="jp-mlops-spring" />
        {detail.state === 'Unhealthy' || detail.state === 'Failed' ? (
          <Button onClick={() => desk.run('jupyter-mlops:start-service', { name })}>{trans.__('Start')}</Button>
        ) : null}
        {detail.options.hot_reload === true ? (
          <Button
            title={trans.__('Serve the script as its file is now, without a new image')}
            onClick={() => desk.run('jupyter-mlops:reload-service', { name })}
          >
            {trans.__('Reload the script')}
          </Button>
        ) : null}
        <Button kind="accept" onClick={() => desk.run('jupyter-mlops:update-service', { name })}>
          {trans.__('Update…')}
        </Button>
        <Button onClick={() => desk.run('jupyter-mlops:delete-service', { name })}>{trans.__('Delete…')}</Button>
      </div>
      {detail.error && detail.state !== 'Healthy' ? (
        <div className="jp-mlops-trouble" role="alert">
          <p>{detail.error}</p>
          {detail.details ? (
            <details>
              <summary>{trans.__('The whole text')}</summary>
              <pre tabIndex={0}>{detail.details}</pre>
            </details>
          ) : null}
        </div>
      ) : null}
      <Facts
        of={[
          [
            trans.__('address'),
            detail.scoring_uri ? (
              <>
                <code>{detail.scoring_uri}</code>{' '}
                <button type="button" className="jp-mlops-link" onClick={() => desk.copy(detail.scoring_uri ?? '')}>
                  {trans.__('Copy')}
                </button>
              </>
            ) : null
          ],
          [
            trans.__('runs'),
            <>
              {detail.models.join(', ')}
              {detail.image ? <span className="jp-mlops-dim"> · {trans.__('image %1', detail.image)}</span> : null}
              {detail.revision !== null ? (
                <span className="jp-mlops-dim"> · {trans.__('revision %1', detail.revision)}</span>
              ) : null}
              <span className="jp-mlops-dim">
                {' '}
                · {trans.__('%1 on %2', detail.target, detail.host)}
              </span>
            </>
          ],
          [
            trans.__('at work'),
            detail.operation ? (
              <button
                type="button"
                className="jp-mlops-link"
                onClick={() => desk.run('jupyter-mlops:show-operation', { id: detail.operation ?? '' })}
              >
                {trans.__('follow the operation')}
              </button>
            ) : null
          ]
        ]}
      />
    </header>
  );
}

function Tabs(props: { id: string; tab: Tab; onTab: (tab: Tab) => void }): JSX.Element {
  const trans = useTrans();
  const tabs: readonly (readonly [Tab, string])[] = [
    ['request', trans.__('Request')],
    ['logs', trans.__('Logs')],
    ['monitor', trans.__('Monitor')],
    ['revisions', trans.__('Revisions')],
    ['call', trans.__('Call it')],
    ['about', trans.__('Keys and origin')]
  ];
  const move = (event: React.KeyboardEvent<HTMLElement>): void => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step !== undefined) {
      const at = tabs.findIndex(([tab]) => tab === props.tab);
      const next = (at + step + tabs.length) % tabs.length;
      props.onTab(tabs[next][0]);
      (event.currentTarget.children[next] as HTMLElement).focus();
      event.preventDefault();
    }
  };
  return (
    <div className="jp-mlops-tabs" role="tablist" aria-label={trans.__('Parts of the service')} onKeyDown={move}>
      {tabs.map(([tab, label]) => (
        <button
          key={tab}
          type="button"
          role="tab"
          id={`${props.id}-${tab}`}
          aria-selected={tab === props.tab}
          aria-controls={props.id}
          tabIndex={tab === props.tab ? 0 : -1}
          onClick={() => props.onTab(tab)}
        >
          {label}
        </button>
      ))}
    </div>
  );
}

function Body(props: PageProps & { detail: ServiceDetail }): JSX.Element {
  const { snapshot, detail } = props;
  switch (snapshot.tab) {
    case 'request':
      return (
        <RequestView
          detail={detail}
          swagger={snapshot.swagger}
          sending={snapshot.sending}
          history={snapshot.history}
          refusal={props.refusal}
          magic={props.magic.request ?? null}
          onBody={props.onBody}
          onSend={props.onSend}
        />
      );
    case 'logs':
      return (
        <LogView
          lines={snapshot.log}
          paused={snapshot.paused}
          onPause={props.onPause}
          magic={props.magic.logs ?? null}
        />
      );
    case 'monitor':
      return (
        <MonitorView
          metrics={snapshot.metrics}
          span={snapshot.window}
          onWindow={props.onWindow}
          magic={props.magic.monitor ?? null}
        />
      );
    case 'revisions':
      return <RevisionsView detail={detail} magic={props.magic.revisions ?? null} />;
    case 'call':
      return <CallView detail={detail} swagger={snapshot.swagger} />;
    case 'about':
      return <AboutView {...props} keys={snapshot.keys} />;
  }
}
