/** The dialogs that register a model. */

import * as React from 'react';
import { Notification } from '@jupyterlab/apputils';

import { Refusal } from '../client';
import { BLANK, RegisterForm, sampleOf, tagsOf } from '../components/register';
import type { Entry, Source } from '../components/register';
import { kernelFacts, kernelVariables, setAside } from '../kernel';
import type { Office } from '../office';
import { refusalOf } from '../office';
import type { Begun, Operation, RegisterRequest } from '../wire';
import { nameFrom } from '../words';
import { useMagicLine } from './magic';
import { openModal } from './modal';
import { Follow } from './operation';

export function openRegister(office: Office, source: Source): void {
  openModal(office, office.trans.__('Register a model'), close => (
    <Register office={office} source={source} close={close} />
  ));
}

/** Lists the models of the kernel in front, then opens the dialog. */
export async function openVariables(office: Office): Promise<void> {
  const front = office.notebook;
  if (!front?.kernel) {
    Notification.info(office.trans.__('Open a notebook whose kernel holds the model, then come back.'), { autoClose: 6000 });
    return;
  }
  const facts = await kernelFacts(front.kernel);
  if (facts !== null && facts.version === null) {
    const what = office.trans.__('jupyter_mlops is not installed in the kernel of %1 (%2)', front.path, facts.interpreter);
    throw new Refusal({ type: 'NotInstalled', what, where: null, hint: '%pip install jupyter-mlops', details: null }, 0);
  }
  const variables = await kernelVariables(front.kernel, office.trans);
  openRegister(office, { kind: 'variable', kernel: front.path.split('/').pop() ?? front.path, variables });
}

function first(source: Source): Entry {
  switch (source.kind) {
    case 'path':
      return { ...BLANK, name: nameFrom(source.path) };
    case 'url':
      return BLANK;
    case 'variable': {
      const model = source.variables.find(each => each.role === 'model');
      return { ...BLANK, variable: model?.name ?? '', name: model ? nameFrom(model.name) : '' };
    }
  }
}

/** What the source is in a request; a variable is written out by its kernel first. */
async function taken(office: Office, source: Source, entry: Entry): Promise<Partial<RegisterRequest>> {
  switch (source.kind) {
    case 'path':
      return { path: source.path, ...sampled(entry) };
    case 'url':
      return { url: entry.url, sha256: entry.sha256, ...sampled(entry) };
    case 'variable': {
      const kernel = office.notebook?.kernel;
      if (!kernel) {
        throw new Error(office.trans.__('the notebook in front has no kernel any more'));
      }
      return { captured: await setAside(kernel, office.trans, office.model.client.location, entry) };
    }
  }
}

function sampled(entry: Entry): Partial<RegisterRequest> {
  const sample = sampleOf(entry.sample);
  return sample === null ? {} : { sample };
}

function Register(props: { office: Office; source: Source; close: () => void }): JSX.Element {
  const { office, source, close } = props;
  const { trans } = office;
  const [entry, setEntry] = React.useState(() => first(source));
  const [busy, setBusy] = React.useState(false);
  const [refusal, setRefusal] = React.useState<Refusal | null>(null);
  const [begun, setBegun] = React.useState<Begun | null>(null);
  const thing = source.kind === 'path' ? source.path : source.kind === 'url' ? entry.url : entry.variable;
  const options = {
    name: entry.name,
    sample: entry.sample || undefined,
    tag: tagsOf(entry.tags),
    description: entry.description || undefined,
    sha256: entry.sha256 || undefined
  };
  const magic = useMagicLine(
    office,
    thing === '' || entry.name === '' ? null : { verb: 'register_model', names: [thing], options }
  );
  const go = async (): Promise<void> => {
    setBusy(true);
    setRefusal(null);
    try {
      const request: RegisterRequest = {
        name: entry.name,
        ...(await taken(office, source, entry)),
        ...(entry.description ? { description: entry.description } : {}),
        tags: tagsOf(entry.tags),
        ...(await office.origin())
      };
      setBegun(await office.model.client.register(request));
    } catch (reason) {
      setRefusal(refusalOf(reason));
    } finally {
      setBusy(false);
    }
  };
  const over = (operation: Operation): void => {
    const id = operation.result.model;
    if (operation.state === 'Succeeded' && typeof id === 'string') {
      close();
      Notification.success(trans.__('%1 is registered', id), {
        autoClose: 5000,
        actions: [{ label: trans.__('Deploy…'), callback: () => office.run('jupyter-mlops:deploy', { model: id }) }]
      });
    } else if (operation.error) {
      setBegun(null);
      setRefusal(new Refusal(operation.error, 0));
    }
  };
  if (begun !== null) {
    return (
      <Follow office={office} id={begun.operation.id} notices={begun.notices} close={close} onOver={over} />
    );
  }
  return (
    <RegisterForm
      source={source}
      entry={entry}
      names={office.model.snapshot.models.items.map(model => model.name)}
      busy={busy}
      refusal={refusal}
      magic={magic}
      onChange={next => {
        setEntry(next);
        setRefusal(null);
      }}
      onGo={() => void go()}
      onClose={close}
    />
  );
}
