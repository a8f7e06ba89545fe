/** The dialog that makes an image: the form, then the operation as it goes. */

import * as React from 'react';

import type { Refusal } from '../client';
import { BuildForm, buildRequestOf } from '../components/build';
import type { BuildDraft } from '../components/build';
import { NO_CONTENT } from '../components/content';
import type { Contents } from '../components/content';
import type { Office } from '../office';
import { refusalOf } from '../office';
import type { Begun } from '../wire';
import { useMagicLine } from './magic';
import { openModal } from './modal';
import { Follow } from './operation';

export async function contents(office: Office): Promise<Contents> {
  const { client } = office.model;
  const [models, scripts, environments] = await Promise.all([
    client.models({}, 0, 500),
    client.scripts(),
    client.environments()
  ]);
  return { models: models.items, scripts: scripts.items, environments: environments.items };
}

export async function openBuild(office: Office, model: string): Promise<void> {
  const choices = await contents(office);
  const first = model !== '' ? model : (choices.models[0]?.id ?? '');
  const models = first === '' ? [] : [first];
  const draft = { ...NO_CONTENT, models, name: first.split(':')[0], description: '' };
  openModal(office, office.trans.__('Build an image'), close => (
    <Building office={office} choices={choices} draft={draft} close={close} />
  ));
}

function Building(props: { office: Office; choices: Contents; draft: BuildDraft; close: () => void }): JSX.Element {
  const { office, choices, close } = props;
  const [draft, setDraft] = React.useState(props.draft);
  const [busy, setBusy] = React.useState(false);
  const [refusal, setRefusal] = React.useState<Refusal | null>(null);
  const [begun, setBegun] = React.useState<Begun | null>(null);
  const request = buildRequestOf(draft);
  const magic = useMagicLine(office, {
    verb: 'build_image',
    names: [request.name || 'NAME'],
    options: {
      model: request.models,
      script: request.script,
      entry_script: request.entry_script,
      conda_file: request.conda_file,
      description: request.description
    }
  });
  const go = async (): Promise<void> => {
    setBusy(true);
    setRefusal(null);
    try {
      setBegun(await office.model.client.build({ ...request, ...(await office.origin()) }));
    } catch (reason) {
      setRefusal(refusalOf(reason));
    } finally {
      setBusy(false);
    }
  };
  if (begun !== null) {
    return <Follow office={office} id={begun.operation.id} notices={begun.notices} close={close} />;
  }
  return (
    <BuildForm
      choices={choices}
      draft={draft}
      names={[...new Set(office.model.snapshot.images.items.map(image => image.name))]}
      magic={magic}
      busy={busy}
      refusal={refusal}
      onChange={next => {
        setDraft(next);
        setRefusal(null);
      }}
      onGo={() => void go()}
      onClose={close}
    />
  );
}
