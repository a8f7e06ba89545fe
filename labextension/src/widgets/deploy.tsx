/** The dialog of a deployment: the form, the plan, then the operation as it goes. */

import * as React from 'react';

import type { Refusal } from '../client';
import { NO_CONTENT } from '../components/content';
import { DeployForm, requestOf } from '../components/deploy';
import type { Choices, Draft } from '../components/deploy';
import type { Office } from '../office';
import { refusalOf } from '../office';
import type { Begun, DeployRequest, MagicOption, Plan, ServiceDetail } from '../wire';
import { serviceNameFrom } from '../words';
import { contents } from './build';
import { useMagicLine } from './magic';
import { openModal } from './modal';
import { Follow } from './operation';

export interface Start {
  readonly model?: string;
  readonly image?: string;
  readonly script?: string;
  readonly entryScript?: string;
}

async function choices(office: Office): Promise<Choices> {
  const { client } = office.model;
  const [made, images, targets] = await Promise.all([contents(office), client.images({}, 0, 500), client.targets()]);
  return { ...made, images: images.items, targets: targets.items };
}

export async function openDeploy(office: Office, start: Start): Promise<void> {
  const given = await choices(office);
  const target = given.targets.find(each => each.default) ?? given.targets[0];
  const model = start.model ?? given.models[0]?.id ?? '';
  const named = (start.image ?? model).split(':')[0];
  const draft: Draft = {
    name: serviceNameFrom(named),
    from: start.image ? 'image' : 'model',
    ...NO_CONTENT,
    models: model === '' ? [] : [model],
    script: start.entryScript ? 'file:' : (start.script ?? ''),
    entryScript: start.entryScript ?? '',
    image: start.image ?? given.images[0]?.id ?? '',
    target: target?.name ?? '',
    description: '',
    options: {}
  };
  open(office, office.trans.__('Deploy'), given, draft, null);
}

export async function openUpdate(office: Office, name: string): Promise<void> {
  const [given, service] = await Promise.all([choices(office), office.model.client.service(name)]);
  const draft: Draft = {
    name,
    from: 'model',
    ...NO_CONTENT,
    models: newest(service),
    image: service.image ?? '',
    target: service.target,
    description: '',
    options: {}
  };
  open(office, office.trans.__('Update %1', name), given, draft, service);
}

/** The models of a service, each in its newest version. */
function newest(service: ServiceDetail): readonly string[] {
  const newer = new Map(service.behind.map(each => [each.model, each.newest]));
  return service.models.map(id => newer.get(id) ?? id);
}

function open(office: Office, title: string, given: Choices, draft: Draft, service: ServiceDetail | null): void {
  openModal(office, title, close => (
    <Flow office={office} given={given} draft={draft} service={service} close={close} />
  ));
}

/** The options of the magic that says what the request says. */
function magicOptions(request: DeployRequest): Record<string, MagicOption | undefined> {
  return {
    model: request.models,
    image: request.image,
    script: request.script,
    target: request.target,
    entry_script: request.entry_script,
    conda_file: request.conda_file,
    ...(request.options as Record<string, MagicOption> | undefined)
  };
}

function Flow(props: {
  office: Office;
  given: Choices;
  draft: Draft;
  service: ServiceDetail | null;
  close: () => void;
}): JSX.Element {
  const { office, given, service, close } = props;
  const [draft, setDraft] = React.useState(props.draft);
  const [plan, setPlan] = React.useState<Plan | null>(null);
  const [busy, setBusy] = React.useState(false);
  const [refusal, setRefusal] = React.useState<Refusal | null>(null);
  const [begun, setBegun] = React.useState<Begun | null>(null);
  const { client } = office.model;
  const schema = given.targets.find(target => target.name === draft.target)?.schema ?? null;
  const usual = service === null ? given.targets.find(target => target.default)?.name : draft.target;

  const request = requestOf(draft, schema, usual);
  const nothing = draft.from === 'model' && request.models?.length === 0;
  const magic = useMagicLine(
    office,
    service !== null && nothing
      ? null
      : { verb: service === null ? 'deploy' : 'update_service', names: [request.name || 'NAME'], options: magicOptions(request) }
  );

  const attempt = async (action: () => Promise<void>): Promise<void> => {
    setBusy(true);
    setRefusal(null);
    try {
      await action();
    } catch (reason) {
      setRefusal(refusalOf(reason));
    } finally {
      setBusy(false);
    }
  };
  const whole = async (): Promise<DeployRequest> => ({ ...request, ...(await office.origin()) });
  const go = async (): Promise<void> => {
    const all = await whole();
    if (service === null) {
      setBegun(await client.deploy(all));
      return;
    }
    const { name, target: _, description: __, ...update } = all;
    setBegun(await client.update(name, update));
  };
  if (begun !== null) {
    return <Follow office={office} id={begun.operation.id} notices={begun.notices} close={close} />;
  }
  return (
    <DeployForm
      choices={given}
      draft={draft}
      service={service}
      plan={plan}
      magic={magic}
      busy={busy}
      refusal={refusal}
      onChange={next => {
        setDraft(next);
        setPlan(null);
        setRefusal(null);
      }}
      onPlan={() => void attempt(async () => setPlan(await client.plan(await whole())))}
      onGo={() => void attempt(go)}
      onClose={close}
    />
  );
}
