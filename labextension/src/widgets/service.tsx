/** The page of a service in the main area. */

import * as React from 'react';
import { MainAreaWidget } from '@jupyterlab/apputils';
import { ReactWidget } from '@jupyterlab/ui-components';
import type { Message } from '@lumino/messaging';

import type { Refusal } from '../client';
import { useSnapshot } from '../components/parts';
import { ServicePage } from '../components/service';
import type { PageMagic } from '../components/service';
import { mlopsIcon } from '../icons';
import type { Office } from '../office';
import { refusalOf } from '../office';
import { ServiceModel } from '../serviceModel';
import { Room } from './room';
import { sure } from './sure';

export class ServiceWidget extends ReactWidget {
  constructor(
    private readonly office: Office,
    readonly model: ServiceModel
  ) {
    super();
    this.addClass('jp-mlops-view');
    this.addClass('jp-mlops-main');
  }

  override dispose(): void {
    this.model.dispose();
    super.dispose();
  }

  protected override onAfterShow(msg: Message): void {
    super.onAfterShow(msg);
    this.model.visible = true;
  }

  protected override onAfterHide(msg: Message): void {
    super.onAfterHide(msg);
    this.model.visible = false;
  }

  protected override onAfterAttach(msg: Message): void {
    super.onAfterAttach(msg);
    this.model.visible = this.isVisible;
  }

  protected override render(): JSX.Element {
    return (
      <Room office={this.office}>
        <Page office={this.office} model={this.model} />
      </Room>
    );
  }
}

export function serviceWidget(office: Office, name: string): MainAreaWidget<ServiceWidget> {
  const content = new ServiceWidget(office, new ServiceModel(name, office.model));
  const widget = new MainAreaWidget({ content });
  widget.id = `jupyter-mlops-service-${name}`;
  widget.title.label = name;
  widget.title.icon = mlopsIcon;
  widget.title.caption = office.trans.__('Service %1', name);
  widget.toolbar.hide();
  return widget;
}

/** The lines that do the same as the page's tabs. */
function useMagic(office: Office, name: string, body: string, older: number | null): PageMagic {
  const [magic, setMagic] = React.useState<PageMagic>({});
  const { client } = office.model;
  React.useEffect(() => {
    let wanted = true;
    const asked = Promise.all([
      client.magic('service_logs', [name]),
      client.magic('monitor', [name]),
      client.magic('service_keys', [name]),
      older === null
        ? client.magic('services', [name])
        : client.magic('update_service', [name], { to_revision: older })
    ]);
    asked.then(
      ([logs, monitor, keys, revisions]) =>
        wanted && setMagic(old => ({ ...old, logs, monitor, keys, revisions })),
      () => {}
    );
    return () => {
      wanted = false;
    };
  }, [client, name, older]);
  React.useEffect(() => {
    let wanted = true;
    let json: unknown;
    try {
      json = JSON.parse(body);
    } catch {
      json = null;
    }
    const options = json !== null && typeof json === 'object' ? { json: json as Record<string, never> } : {};
    const later = setTimeout(() => {
      client.magic('test_service', [name], options).then(
        request => wanted && setMagic(old => ({ ...old, request })),
        () => {}
      );
    }, 200);
    return () => {
      wanted = false;
      clearTimeout(later);
    };
  }, [client, name, body]);
  return magic;
}

function Page(props: { office: Office; model: ServiceModel }): JSX.Element {
  const { office, model } = props;
  const { trans } = office;
  const snapshot = useSnapshot(model);
  const [refusal, setRefusal] = React.useState<Refusal | null>(null);
  const [body, setBody] = React.useState('');
  const older = snapshot.detail?.revisions.find(each => !each.current)?.number ?? null;
  const magic = useMagic(office, model.name, body, older);
  const regenerate = async (key: 'primary' | 'secondary'): Promise<void> => {
    const agreed = await sure(office, {
      title: trans.__('Make the %1 key new?', key),
      says: trans.__('Whoever calls %1 with it needs the new one from then on.', model.name),
      goes: [trans.__('the %1 key as it is', key)],
      line: `%service_keys ${model.name} --regenerate ${key}`,
      accept: trans.__('Make new')
    });
    if (agreed) {
      await office.attempt(() => model.regenerate(key));
    }
  };
  return (
    <ServicePage
      name={model.name}
      snapshot={snapshot}
      refusal={refusal}
      magic={magic}
      onTab={tab => model.open(tab)}
      onBody={setBody}
      onSend={request => {
        setRefusal(null);
        model.send(request).catch(reason => setRefusal(refusalOf(reason)));
      }}
      onReveal={() => void office.attempt(() => model.revealKeys())}
      onHide={() => model.hideKeys()}
      onCopyKey={key =>
        void office.attempt(async () => office.copy((snapshot.keys ?? (await model.client.keys(model.name)))[key]))
      }
      onRegenerate={key => void regenerate(key)}
      onPause={paused => model.pause(paused)}
      onWindow={seconds => model.watchFor(seconds)}
    />
  );
}
