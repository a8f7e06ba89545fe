/** The page of a service: state, keys, request, logs, plots, revisions, snippets. */

import * as React from 'react';

import type { Refusal } from '../client';
import { exampleBody, inputSchema } from '../form';
import type { ServiceSnapshot, Tab } from '../serviceModel';
import { snippets } from '../snippets';
import type { Keys, Metrics, Revision, ServiceDetail, TestRequest } from '../wire';
import { ago, figure, milliseconds } from '../words';
import { Badge, Behind, Button, Chips, Empty, Facts, MagicLine, Trouble, useDesk, useTrans } from './parts';
import { Plot } from './plots';
import { Choice, RequestView } from './request';
import { Origin } from './sections';

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
  if (snapshot.gone) {
    return <Empty text={trans.__('The service %1 is not in this workspace any more.', name)} />;
  }
  if (detail === null) {
    return snapshot.problem ? <Trouble refusal={snapshot.problem} /> : <Empty text={trans.__('Reading…')} />;
  }
  return (
    <div className="jp-mlops-page">
      <Head detail={detail} />
      <Tabs tab={snapshot.tab} onTab={props.onTab} />
      <div role="tabpanel" id="jp-mlops-panel" aria-label={snapshot.tab} className="jp-mlops-body">
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
        <span className="jp-mlops-spring" />
        {detail.state === 'Unhealthy' || detail.state === 'Failed' ? (
          <Button onClick={() => desk.run('jupyter-mlops:start-service', { name })}>{trans.__('Start')}</Button>
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

function Tabs(props: { tab: Tab; onTab: (tab: Tab) => void }): JSX.Element {
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
          aria-selected={tab === props.tab}
          aria-controls="jp-mlops-panel"
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

export function LogView(props: {
  lines: readonly string[];
  paused: boolean;
  onPause: (paused: boolean) => void;
  magic: string | null;
}): JSX.Element {
  const trans = useTrans();
  const desk = useDesk();
  const [wanted, setWanted] = React.useState('');
  const box = React.useRef<HTMLPreElement>(null);
  const lower = wanted.toLowerCase();
  const lines = lower === '' ? props.lines : props.lines.filter(each => each.toLowerCase().includes(lower));
  React.useEffect(() => {
    if (!props.paused) {
      box.current?.scrollTo({ top: box.current.scrollHeight });
    }
  }, [lines.length, props.paused]);
  return (
    <>
      <div className="jp-mlops-bar">
        <input
          type="search"
          placeholder={trans.__('Search the log')}
          aria-label={trans.__('Search the log')}
          value={wanted}
          onChange={event => setWanted(event.target.value)}
        />
        {wanted ? <span className="jp-mlops-dim">{trans._n('%1 line', '%1 lines', lines.length)}</span> : null}
        <span className="jp-mlops-spring" />
        <Button onClick={() => desk.copy(lines.join('\n'))}>{trans.__('Copy')}</Button>
        <Button onClick={() => props.onPause(!props.paused)}>
          {props.paused ? trans.__('Follow') : trans.__('Pause')}
        </Button>
      </div>
      <pre className="jp-mlops-log jp-mlops-mod-tall" ref={box} role="log" aria-label={trans.__('Log of the service')} tabIndex={0}>
        {lines.length > 0 ? lines.join('\n') : trans.__('Nothing is said yet.')}
      </pre>
      <MagicLine line={props.magic} />
    </>
  );
}

export function MonitorView(props: {
  metrics: Metrics | null;
  span: number;
  onWindow: (seconds: number) => void;
  magic: string | null;
}): JSX.Element {
  const trans = useTrans();
  const steps = props.metrics?.steps ?? [];
  const whole = props.metrics?.whole ?? null;
  const xs = steps.map(step => Date.parse(step.end));
  const share = (value: number | null): string => (value === null ? '–' : `${figure(value * 100)} %`);
  const plain = (value: number | null): string => (value === null ? '–' : figure(value));
  const plot = { xs, span: props.span };
  return (
    <>
      <div className="jp-mlops-bar">
        <Choice
          label={trans.__('How much time is shown')}
          value={String(props.span)}
          options={[
            ['60', trans.__('1 min')],
            ['300', trans.__('5 min')],
            ['1800', trans.__('30 min')],
            ['3600', trans.__('1 h')]
          ]}
          onChange={value => props.onWindow(Number(value))}
        />
        {whole ? (
          <span className="jp-mlops-dim">
            {trans._n('%1 request', '%1 requests', whole.requests)}, {trans._n('%1 error', '%1 errors', whole.errors)}
            {whole.restarts > 0 ? `, ${trans._n('%1 restart', '%1 restarts', whole.restarts)}` : ''}
          </span>
        ) : null}
      </div>
      <div className="jp-mlops-plots">
        <Plot
          {...plot}
          title={trans.__('Requests a second')}
          say={plain}
          series={[{ label: trans.__('rate'), values: steps.map(step => step.rate), tone: 1 }]}
        />
        <Plot
          {...plot}
          title={trans.__('Latency')}
          say={milliseconds}
          series={[
            { label: 'p50', values: steps.map(step => step.latency.p50), tone: 1 },
            { label: 'p95', values: steps.map(step => step.latency.p95), tone: 2 },
            { label: 'p99', values: steps.map(step => step.latency.p99), tone: 3 }
          ]}
        />
        <Plot
          {...plot}
          title={trans.__('Errors')}
          say={share}
          series={[{ label: trans.__('share'), values: steps.map(step => step.error_share), tone: 3 }]}
        />
        <Plot
          {...plot}
          title={trans.__('In flight')}
          say={plain}
          series={[
            { label: trans.__('running'), values: steps.map(step => step.in_flight), tone: 1 },
            { label: trans.__('waiting'), values: steps.map(step => step.waiting), tone: 2 }
          ]}
        />
      </div>
      <MagicLine line={props.magic} />
    </>
  );
}

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

export function CallView(props: { detail: ServiceDetail; swagger: unknown }): JSX.Element {
  const trans = useTrans();
  const desk = useDesk();
  const [language, setLanguage] = React.useState('curl');
  const { detail } = props;
  if (!detail.scoring_uri) {
    return <Empty text={trans.__('It has no address yet.')} />;
  }
  const example = exampleBody(detail.example, inputSchema(props.swagger));
  const flat = example.replace(/\n\s*/g, ' ').replace(/([[{]) /g, '$1').replace(/ ([\]}])/g, '$1');
  const all = snippets(detail.scoring_uri, detail.auth_enabled, flat);
  const text = all.find(each => each.language === language)?.text ?? '';
  return (
    <>
      <div className="jp-mlops-bar">
        <Choice
          label={trans.__('Language')}
          value={language}
          options={all.map(each => [each.language, each.language] as const)}
          onChange={setLanguage}
        />
        <span className="jp-mlops-spring" />
        <Button onClick={() => desk.copy(text)}>{trans.__('Copy')}</Button>
      </div>
      <pre className="jp-mlops-code" tabIndex={0} aria-label={trans.__('How to call it in %1', language)}>
        {text}
      </pre>
      {detail.auth_enabled ? (
        <p className="jp-mlops-help">
          {trans.__('The key is read from the variable SERVICE_KEY; copy it under “Keys and origin”.')}
        </p>
      ) : null}
    </>
  );
}

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
