/** The commands that make, change and remove. Their dialogs are loaded when they are opened. */

import type { Office } from '../office';
import { bytes } from '../words';
import type { Commands } from './commands';
import { chosen, text } from './commands';

export function registering(all: Commands, office: Office): void {
  const { trans } = office;
  all.add('register-variable', () => trans.__('Register a Variable of the Notebook…'), async () => {
    const { openVariables } = await import('../widgets/register');
    await openVariables(office);
  });
  all.add('register-url', () => trans.__('Register a Model from a URL…'), async () => {
    const { openRegister } = await import('../widgets/register');
    openRegister(office, { kind: 'url' });
  });
}

export function deploying(all: Commands, office: Office): void {
  const { trans } = office;
  const { client } = office.model;
  all.add(
    'build-image',
    args => (text(args, 'model') ? trans.__('Build an Image of %1…', text(args, 'model')) : trans.__('Build an Image…')),
    async args => {
      const { openBuild } = await import('../widgets/build');
      await openBuild(office, text(args, 'model'));
    }
  );
  all.add(
    'deploy',
    args => {
      const from = text(args, 'model') || text(args, 'image');
      return from ? trans.__('Deploy %1…', from) : trans.__('Deploy…');
    },
    async args => {
      const { openDeploy } = await import('../widgets/deploy');
      await openDeploy(office, {
        model: text(args, 'model') || undefined,
        image: text(args, 'image') || undefined,
        script: text(args, 'script') || undefined,
        entryScript: text(args, 'entryScript') || undefined
      });
    }
  );
  all.add('update-service', () => trans.__('Update a Service…'), async args => {
    const name = await all.service(args);
    if (name !== '') {
      const { openUpdate } = await import('../widgets/deploy');
      await openUpdate(office, name);
    }
  });
  all.add('roll-back-service', () => trans.__('Roll a Service Back…'), async args => {
    const name = await all.service(args);
    if (name !== '') {
      await rollBack(all, office, name, typeof args.revision === 'number' ? String(args.revision) : '');
    }
  });
  all.add('reload-service', () => trans.__('Reload the Script of a Service'), async args => {
    const name = await all.service(args);
    if (name !== '') {
      await reload(office, name);
    }
  });
  all.add('start-service', () => trans.__('Start a Service Again'), async args => {
    const name = await all.service(args);
    if (name !== '') {
      await client.start(name);
      await office.model.refresh(['services']);
    }
  });
}

async function reload(office: Office, name: string): Promise<void> {
  const { trans, model } = office;
  const told = await model.client.reload(name, await office.origin());
  office.notices(told.notices);
  office.done(trans.__('%1 serves its script as it is now', name));
  await model.refresh(['services']);
}

async function rollBack(all: Commands, office: Office, name: string, given: string): Promise<void> {
  const { trans } = office;
  const { client } = office.model;
  const { revisions } = await client.service(name);
  const old = revisions.filter(each => !each.current);
  const number = Number(
    await chosen(given, trans.__('To which revision of %1?', name), async () => old.map(each => String(each.number)))
  );
  const wanted = old.find(each => each.number === number);
  const current = revisions.find(each => each.current);
  if (wanted === undefined) {
    return;
  }
  const { sure } = await import('../widgets/sure');
  const says = trans.__(
    'Revision %1 (image %2) takes the requests of revision %3 (image %4), which stays in the list. No request is lost.',
    wanted.number,
    wanted.image,
    current?.number ?? '–',
    current?.image ?? '–'
  );
  const line = await client.magic('update_service', [name], { to_revision: number });
  const title = trans.__('Go back to revision %1 of %2?', number, name);
  if (await sure(office, { title, says, goes: [], line, accept: trans.__('Go back') })) {
    await all.follow(client.rollBack(name, number));
  }
}

export function removing(all: Commands, office: Office): void {
  const { trans } = office;
  all.add('delete-service', () => trans.__('Delete a Service…'), async args => {
    const name = await all.service(args);
    if (name !== '') {
      await removeService(all, office, name);
    }
  });
  all.add('delete-model', () => trans.__('Delete a Model…'), async args => {
    const id = await all.model(args);
    if (id !== '') {
      const model = await office.model.client.model(id);
      await removeAsset(office, 'model', id, trans.__('its files, %1', bytes(model.size)));
    }
  });
  all.add('delete-image', () => trans.__('Delete an Image…'), async args => {
    const id = await all.image(args);
    if (id !== '') {
      await removeAsset(office, 'image', id, trans.__('what it froze: script, packages, and the list of its models'));
    }
  });
}

async function removeService(all: Commands, office: Office, name: string): Promise<void> {
  const { trans } = office;
  const { client } = office.model;
  const service = await client.service(name);
  const images = [...new Set(service.revisions.map(each => each.image))];
  const { sure } = await import('../widgets/sure');
  const answer = await sure(office, {
    title: trans.__('Delete the service %1?', name),
    goes: [
      service.scoring_uri ? trans.__('its address, %1', service.scoring_uri) : trans.__('its address'),
      trans.__('its keys and its log'),
      trans._n('its %1 revision', 'its %1 revisions', service.revisions.length)
    ],
    stays: [
      ...(service.models.length > 0 ? [trans.__('its models: %1', service.models.join(', '))] : []),
      ...(images.length > 0 ? [trans.__('its images: %1', images.join(', '))] : [])
    ],
    line: await client.magic('delete_service', [name]),
    accept: trans.__('Delete'),
    also: images.length > 0 ? trans.__('Delete its images too, where nothing else uses them') : undefined
  });
  if (answer) {
    await all.follow(client.removeService(name, answer.also));
  }
}

async function removeAsset(office: Office, kind: 'model' | 'image', id: string, goes: string): Promise<void> {
  const { trans } = office;
  const { client } = office.model;
  const { sure } = await import('../widgets/sure');
  const answer = await sure(office, {
    title: trans.__('Delete %1?', id),
    goes: [goes],
    says: trans.__('Its number is not used again.'),
    line: await client.magic(`delete_${kind}`, [id]),
    accept: trans.__('Delete')
  });
  if (answer) {
    await client.remove(kind, id);
    await office.model.refresh(['models', 'images']);
  }
}
