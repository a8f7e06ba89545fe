/** The dialog of a deployment: the form, the plan, then the operation as it goes. */

import * as React from 'react';

import type { Refusal } from '../client';
import { DeployForm, requestOf } from '../components/deploy';
import type { Choices, Draft } from '../components/deploy';
import { DeskContext, Trans } from '../components/parts';
import type { Office } from '../office';
import { refusalOf } from '../office';
import type { Begun, DeployRequest, MagicOption, Plan, ServiceDetail } from '../wire';
import { serviceNameFrom } from '../words';
import { Modal } from './modal';
import { Follow } from './operation';

export interface Start {
  readonly model?: string;
  readonly image?: string;
  readonly script?: string;
  readonly entryScript?: string;
}

async function choices(office: Office): Promise<Choices> {
  const { client } = office.model;
  const [models, images, scripts, environments, targets] = await Promise.all([
    client.models({}, 0, 500),
    client.images({}, 0, 500),
    client.scripts(),
    client.environments(),
    client.targets()
  ]);
  return {
    models: models.items,
    images: images.items,
    scripts: scripts.items,
    environments: environments.items,
    targets: targets.items
  };
}

export async function openDeploy(office: Office, start: Start): Promise<void> {
  const given = await choices(office);
  const target = given.targets.find(each => each.default) ?? given.targets[0];
  const model = start.model ?? given.models[0]?.id ?? '';
  const named = (start.image ?? model).split(':')[0];
  const draft: Draft = {
    name: serviceNameFrom(named),
    from: start.image ? 'image' : 'model',
    model,
    image: start.image ?? given.images[0]?.id ?? '',
    script: start.entryScript ? 'file:' : (start.script ?? ''),
    entryScript: start.entryScript ?? '',
    environment: '',
    condaFile: '',
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
    model: service.behind[0]?.newest ?? service.models[0] ?? '',
    image: service.image ?? '',
    script: '',
    entryScript: '',
    environment: '',
    condaFile: '',
    target: service.target,
    description: '',
    options: {}
  };
  open(office, office.trans.__('Update %1', name), given, draft, service);
}

function open(office: Office, title: string, given: Choices, draft: Draft, service: ServiceDetail | null): void {
  new Modal(title, close => (
    <Trans.Provider value={office.trans}>
      <DeskContext.Provider value={{ ...desk(office), insert: line => (close(), office.insert(line)) }}>
        <Flow office={office} given={given} draft={draft} service={service} close={close} />
      </DeskContext.Provider>
    </Trans.Provider>
  )).open();
}

export function desk(office: Office): { insert: Office['insert']; copy: Office['copy']; run: Office['run'] } {
  return {
    insert: line => office.insert(line),
    copy: text => office.copy(text),
    run: (command, args) => office.run(command, args)
  };
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
  const [magic, setMagic] = React.useState<string | null>(null);
  const { client } = office.model;
  const schema = given.targets.find(target => target.name === draft.target)?.schema ?? null;
  const usual = service === null ? given.targets.find(target => target.default)?.name : draft.target;

  React.useEffect(() => {
    let wanted = true;
    const request = requestOf(draft, schema, usual);
    if (service !== null && draft.model === '' && draft.from === 'model') {
      return;
    }
    const verb = service === null ? 'deploy' : 'update_service';
    client.magic(verb, [request.name || 'NAME'], magicOptions(request)).then(
      line => wanted && setMagic(line),
      () => wanted && setMagic(null)
    );
    return () => {
      wanted = false;
    };
  }, [client, draft, schema, service, usual]);

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
  const whole = async (): Promise<DeployRequest> => ({ ...requestOf(draft, schema, usual), ...(await office.origin()) });
  const go = async (): Promise<void> => {
    const request = await whole();
    if (service === null) {
      setBegun(await client.deploy(request));
      return;
    }
    const { name, target: _, description: __, ...update } = request;
    setBegun(await client.update(name, update));
  };
  if (begun !== null) {
    return <Follow office={office} id={begun.operation.id} close={close} />;
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
