/** The dialogs that register a model. */

import * as React from 'react';
import { Notification } from '@jupyterlab/apputils';

import { Refusal } from '../client';
import { DeskContext, Trans } from '../components/parts';
import { BLANK, RegisterForm, sampleOf, tagsOf } from '../components/register';
import type { Entry, Source } from '../components/register';
import { kernelFacts, kernelVariables, runMagic } from '../kernel';
import type { Office } from '../office';
import { refusalOf } from '../office';
import { nameFrom } from '../words';
import { desk } from './deploy';
import { Modal } from './modal';

export function openRegister(office: Office, source: Source): void {
  new Modal(office.trans.__('Register a model'), close => (
    <Trans.Provider value={office.trans}>
      <DeskContext.Provider value={{ ...desk(office), insert: line => (close(), office.insert(line)) }}>
        <Register office={office} source={source} close={close} />
      </DeskContext.Provider>
    </Trans.Provider>
  )).open();
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
  const variables = await kernelVariables(front.kernel);
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

function Register(props: { office: Office; source: Source; close: () => void }): JSX.Element {
  const { office, source, close } = props;
  const { client } = office.model;
  const { trans } = office;
  const [entry, setEntry] = React.useState(() => first(source));
  const [busy, setBusy] = React.useState(false);
  const [refusal, setRefusal] = React.useState<Refusal | null>(null);
  const [magic, setMagic] = React.useState<string | null>(null);

  React.useEffect(() => {
    let wanted = true;
    const thing = source.kind === 'path' ? source.path : source.kind === 'url' ? entry.url : entry.variable;
    const options = {
      name: entry.name,
      sample: entry.sample || undefined,
      tag: tagsOf(entry.tags),
      description: entry.description || undefined,
      sha256: entry.sha256 || undefined
    };
    client.magic('register_model', [thing], options).then(
      line => wanted && setMagic(thing === '' || entry.name === '' ? null : line),
      () => wanted && setMagic(null)
    );
    return () => {
      wanted = false;
    };
  }, [client, source, entry]);

  const register = async (): Promise<string> => {
    if (source.kind === 'variable') {
      const kernel = office.notebook?.kernel;
      if (!kernel || magic === null) {
        throw new Error(trans.__('the notebook in front has no kernel any more'));
      }
      await runMagic(kernel, magic);
      return entry.name;
    }
    const answer = await client.register({
      name: entry.name,
      ...(source.kind === 'path' ? { path: source.path } : { url: entry.url, sha256: entry.sha256 }),
      ...(entry.description ? { description: entry.description } : {}),
      tags: tagsOf(entry.tags),
      ...(sampleOf(entry.sample) === null ? {} : { sample: sampleOf(entry.sample) }),
      ...(await office.origin())
    });
    office.notices(answer.notices);
    return answer.model.id;
  };
  const go = async (): Promise<void> => {
    setBusy(true);
    setRefusal(null);
    try {
      const id = await register();
      close();
      Notification.success(trans.__('%1 is registered', id), {
        autoClose: 5000,
        actions: [
          {
            label: trans.__('Deploy…'),
            callback: () => office.run('jupyter-mlops:deploy', id.includes(':') ? { model: id } : {})
          }
        ]
      });
    } catch (reason) {
      setRefusal(refusalOf(reason));
    } finally {
      setBusy(false);
    }
  };
  return (
    <RegisterForm
      source={source}
      entry={entry}
      names={office.model.snapshot.models.items.map(model => model.name)}
      busy={busy}
      refusal={refusal}
      magic={magic}
      onChange={setEntry}
      onGo={() => void go()}
      onClose={close}
    />
  );
}
