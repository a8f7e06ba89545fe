/** The four sections of the panel. They get data and ask the desk; they never fetch. */

import * as React from 'react';
import type { TranslationBundle } from '@jupyterlab/translation';

import type { Snapshot } from '../model';
import { split } from '../model';
import type { Image, ImageDetail, Model, ModelDetail, Operation, Service } from '../wire';
import { ago, bytes, took } from '../words';
import { Origin, Uses } from './origin';
import { Badge, Behind, Button, Chips, Differs, Empty, Facts, Named, stateWord, useDesk, useTrans } from './parts';
import { Tree } from './tree';
import type { Row } from './tree';

export interface SectionProps {
  readonly snapshot: Snapshot;
  readonly onVersions: (name: string) => void;
  readonly onDetail: (kind: 'model' | 'image', id: string) => void;
  readonly onMore: (kind: 'models' | 'images') => void;
  readonly onMenu: (subject: string, x: number, y: number) => void;
}

function Waiting(props: { snapshot: Snapshot; children: JSX.Element }): JSX.Element {
  const trans = useTrans();
  if (props.snapshot.workspace === null) {
    return props.snapshot.link === 'connecting' ? <Empty text={trans.__('Reading…')} /> : <></>;
  }
  return props.children;
}

function More(props: { shown: boolean; onClick: () => void }): JSX.Element | null {
  const trans = useTrans();
  return props.shown ? (
    <div className="jp-mlops-more">
      <Button onClick={props.onClick}>{trans.__('Show more')}</Button>
    </div>
  ) : null;
}

/** In the place of what a row's own line says. */
function Unread(props: { error: string }): JSX.Element {
  const trans = useTrans();
  return (
    <span className="jp-mlops-aside jp-mlops-badge" data-tone="bad" title={props.error}>
      {trans.__('not readable')}
    </span>
  );
}

/** In the place of what is known of it. */
function Why(props: { error: string }): JSX.Element {
  return (
    <div className="jp-mlops-trouble">
      <p>{props.error}</p>
    </div>
  );
}

function framework(model: Model): string {
  return [model.framework ?? model.flavor, model.framework_version].filter(Boolean).join(' ');
}

function ModelFacts(props: { model: Model; detail: ModelDetail | undefined }): JSX.Element {
  const trans = useTrans();
  const { model, detail } = props;
  const signature = model.signature;
  const inputs = signature?.columns?.map(column => `${column.name}: ${column.dtype}`).join(', ');
  return (
    <Facts
      of={[
        [trans.__('what'), model.description],
        [trans.__('framework'), framework(model)],
        [trans.__('size'), bytes(model.size)],
        [trans.__('input'), inputs || (signature ? `${signature.dtype ?? ''} ${signature.kind ?? ''}`.trim() : null)],
        [trans.__('tags'), Object.keys(model.tags).length > 0 ? <Chips of={model.tags} /> : null],
        [trans.__('properties'), Object.keys(model.properties).length > 0 ? <Chips of={model.properties} /> : null],
        [trans.__('used by'), detail ? <Uses of={detail.used_by} /> : '…'],
        [trans.__('from'), <Origin of={model.provenance} />]
      ]}
    />
  );
}

function versionRow(model: Model, props: SectionProps, trans: TranslationBundle): Row {
  const subject = `model/${model.id}`;
  return {
    id: subject,
    label: trans.__('model %1 version %2', model.name, model.version),
    unfolds: true,
    onUnfold: () => (model.error ? undefined : props.onDetail('model', model.id)),
    onMenu: (x, y) => props.onMenu(subject, x, y),
    detail: model.error ? (
      <Why error={model.error} />
    ) : (
      <ModelFacts model={model} detail={props.snapshot.details.get(subject) as ModelDetail | undefined} />
    ),
    content: (
      <>
        <span className="jp-mlops-name">{trans.__('version %1', model.version)}</span>
        {model.version_tag ? <span className="jp-mlops-chip">{model.version_tag}</span> : null}
        <Chips of={model.tags} />
        <span className="jp-mlops-aside">{ago(model.created, trans)}</span>
      </>
    )
  };
}

export function Models(props: SectionProps): JSX.Element {
  const trans = useTrans();
  const desk = useDesk();
  const { models, versions, searched } = props.snapshot;
  const rows = models.items.map<Row>(model => ({
    id: `models/${model.name}`,
    label: trans.__('model %1, newest version %2', model.name, model.version),
    unfolds: true,
    onUnfold: () => props.onVersions(model.name),
    onMenu: (x, y) => props.onMenu(`model/${model.id}`, x, y),
    below: (versions.get(model.name) ?? [model]).map(version => versionRow(version, props, trans)),
    content: (
      <>
        <Named name={model.name} version={model.version} />
        {model.error ? (
          <Unread error={model.error} />
        ) : (
          <span className="jp-mlops-aside" title={framework(model)}>{model.framework ?? ''}</span>
        )}
      </>
    )
  }));
  return (
    <Waiting snapshot={props.snapshot}>
      {rows.length > 0 ? (
        <>
          <Tree label={trans.__('Models')} rows={rows} />
          <More shown={models.next_offset !== null} onClick={() => props.onMore('models')} />
        </>
      ) : searched ? (
        <Empty text={trans.__('No model is found.')} />
      ) : (
        <Empty text={trans.__('Start here: register a trained model. Right-click a file, or take a variable of the notebook in front.')}>
          <Button kind="accept" onClick={() => desk.run('jupyter-mlops:register-variable')}>
            {trans.__('From a variable…')}
          </Button>
          <Button onClick={() => desk.run('jupyter-mlops:register-url')}>{trans.__('From a URL…')}</Button>
        </Empty>
      )}
    </Waiting>
  );
}

function ImageFacts(props: { image: Image; detail: ImageDetail | undefined }): JSX.Element {
  const trans = useTrans();
  const { image, detail } = props;
  return (
    <Facts
      of={[
        [trans.__('what'), image.description],
        [trans.__('uses'), image.models.join(', ')],
        [trans.__('script'), image.script],
        [
          trans.__('packages'),
          detail ? <span title={detail.packages.join('\n')}>{trans._n('%1 package', '%1 packages', detail.packages.length)}</span> : '…'
        ],
        ['Python', image.python],
        [trans.__('tags'), Object.keys(image.tags).length > 0 ? <Chips of={image.tags} /> : null],
        [trans.__('used by'), detail ? <Uses of={detail.used_by} /> : '…'],
        [trans.__('from'), <Origin of={image.provenance} />]
      ]}
    />
  );
}

function imageRow(image: Image, props: SectionProps, trans: TranslationBundle): Row {
  const subject = `image/${image.id}`;
  return {
    id: subject,
    label: trans.__('image %1 version %2', image.name, image.version),
    unfolds: true,
    onUnfold: () => (image.error ? undefined : props.onDetail('image', image.id)),
    onMenu: (x, y) => props.onMenu(subject, x, y),
    detail: image.error ? (
      <Why error={image.error} />
    ) : (
      <ImageFacts image={image} detail={props.snapshot.details.get(subject) as ImageDetail | undefined} />
    ),
    content: (
      <>
        <span className="jp-mlops-name">{trans.__('version %1', image.version)}</span>
        <span className="jp-mlops-dim" title={image.models.join(', ')}>{image.models.join(', ')}</span>
        <span className="jp-mlops-aside">{ago(image.created, trans)}</span>
      </>
    )
  };
}

/** Images by name, in the order in which the names appear: newest first. */
export function byName(images: readonly Image[]): ReadonlyMap<string, readonly Image[]> {
  const groups = new Map<string, Image[]>();
  for (const image of images) {
    groups.set(image.name, [...(groups.get(image.name) ?? []), image]);
  }
  return groups;
}

export function Images(props: SectionProps): JSX.Element {
  const trans = useTrans();
  const { images, searched } = props.snapshot;
  const rows = [...byName(images.items)].map<Row>(([name, versions]) => ({
    id: `images/${name}`,
    label: trans.__('image %1, newest version %2', name, versions[0].version),
    unfolds: true,
    onMenu: (x, y) => props.onMenu(`image/${versions[0].id}`, x, y),
    below: versions.map(image => imageRow(image, props, trans)),
    content: (
      <>
        <Named name={name} version={versions[0].version} />
        {versions[0].error ? (
          <Unread error={versions[0].error} />
        ) : (
          <span className="jp-mlops-aside" title={versions[0].script}>{versions[0].script}</span>
        )}
      </>
    )
  }));
  return (
    <Waiting snapshot={props.snapshot}>
      {rows.length > 0 ? (
        <>
          <Tree label={trans.__('Images')} rows={rows} />
          <More shown={images.next_offset !== null} onClick={() => props.onMore('images')} />
        </>
      ) : (
        <Empty
          text={
            searched
              ? trans.__('No image is found.')
              : trans.__('An image is a model, its script and its packages, frozen. Deploying a model makes one.')
          }
        />
      )}
    </Waiting>
  );
}

export function Services(props: SectionProps): JSX.Element {
  const trans = useTrans();
  const desk = useDesk();
  const { services, searched, models } = props.snapshot;
  const deployable = models.items.find(model => !model.error);
  const rows = services.map<Row>(service => serviceRow(service, props, trans, desk.run));
  return (
    <Waiting snapshot={props.snapshot}>
      {rows.length > 0 ? (
        <Tree label={trans.__('Services')} rows={rows} />
      ) : searched ? (
        <Empty text={trans.__('No service is found.')} />
      ) : deployable ? (
        <Empty text={trans.__('Nothing runs yet.')}>
          <Button kind="accept" onClick={() => desk.run('jupyter-mlops:deploy', { model: deployable.id })}>
            {trans.__('Deploy %1…', deployable.name)}
          </Button>
        </Empty>
      ) : (
        <Empty text={trans.__('Register a model first; then deploy it here.')} />
      )}
    </Waiting>
  );
}

function serviceRow(
  service: Service,
  props: SectionProps,
  trans: TranslationBundle,
  run: (command: string, args: Readonly<Record<string, string>>) => void
): Row {
  const subject = `service/${service.name}`;
  const behind = service.behind.length > 0 ? `, ${trans.__('behind')}` : '';
  const differs = service.differs ? `, ${trans.__('differs from its image')}` : '';
  return {
    id: subject,
    label: trans.__('service %1, %2', service.name, stateWord(service.state, trans)) + behind + differs,
    unfolds: false,
    onOpen: () => run('jupyter-mlops:open-service', { name: service.name }),
    onMenu: (x, y) => props.onMenu(subject, x, y),
    content: (
      <>
        <span className="jp-mlops-name" title={service.name}>{service.name}</span>
        <Behind service={service} short />
        <Differs service={service} short />
        <span className="jp-mlops-aside">
          <Badge state={service.state} reason={service.error} />
        </span>
      </>
    )
  };
}

export function operationTitle(operation: Operation, trans: TranslationBundle): string {
  const [, name] = split(operation.subject);
  switch (operation.kind) {
    case 'build':
      return trans.__('Build %1', name);
    case 'deploy':
      return trans.__('Deploy %1', name);
    case 'update':
      return trans.__('Update %1', name);
    case 'delete':
      return trans.__('Delete %1', name);
    case 'register':
      return trans.__('Register %1', name);
  }
}

export function Operations(props: SectionProps): JSX.Element {
  const trans = useTrans();
  const desk = useDesk();
  const rows = props.snapshot.operations.map<Row>(operation => ({
    id: `operation/${operation.id}`,
    label: `${operationTitle(operation, trans)}, ${stateWord(operation.state, trans)}`,
    unfolds: false,
    onOpen: () => desk.run('jupyter-mlops:show-operation', { id: operation.id }),
    onMenu: (x, y) => props.onMenu(`operation/${operation.id}`, x, y),
    content: (
      <>
        <span className="jp-mlops-name" title={operationTitle(operation, trans)}>{operationTitle(operation, trans)}</span>
        <span className="jp-mlops-dim">{operation.state === 'Running' ? operation.stage : ''}</span>
        <span className="jp-mlops-aside">
          {operation.state === 'Succeeded' ? (
            <span title={trans.__('%1, took %2', operation.created, took(operation.started, operation.finished))}>
              {ago(operation.created, trans)}
            </span>
          ) : (
            <Badge state={operation.state} reason={operation.error?.what} />
          )}
        </span>
      </>
    )
  }));
  return (
    <Waiting snapshot={props.snapshot}>
      {rows.length > 0 ? (
        <Tree label={trans.__('Operations')} rows={rows} />
      ) : (
        <Empty text={trans.__('Builds, deployments and updates are listed here, whoever began them.')} />
      )}
    </Waiting>
  );
}
