/** The commands that show and choose. */

import { InputDialog } from '@jupyterlab/apputils';

import type { Office } from '../office';
import type { MagicOption } from '../wire';
import type { Commands } from './commands';
import { chosen, text } from './commands';

export function operating(all: Commands, office: Office): void {
  const { trans } = office;
  const { client } = office.model;
  const running = async (): Promise<string[]> =>
    (await client.operations()).items
      .filter(each => each.state === 'Running' || each.state === 'Queued')
      .map(each => each.id);
  const every = async (): Promise<string[]> => (await client.operations()).items.map(each => each.id);
  all.add('show-operation', () => trans.__('Show an Operation'), async args => {
    const id = await chosen(text(args, 'id'), trans.__('Which operation?'), every);
    if (id !== '') {
      const { openOperation } = await import('../widgets/operation');
      openOperation(office, id);
    }
  });
  all.add('cancel-operation', () => trans.__('Cancel an Operation'), async args => {
    const id = await chosen(text(args, 'id'), trans.__('Which operation?'), running);
    if (id !== '') {
      await client.cancel(id);
    }
  });
}

export function around(all: Commands, office: Office): void {
  const { trans } = office;
  const { client } = office.model;
  all.add('choose-workspace', () => trans.__('Choose the Workspace…'), async () => {
    const known = (await client.workspaces()).items;
    const front = trans.__('that of the notebook in front');
    const answer = await InputDialog.getItem({
      title: trans.__('Which workspace?'),
      label: trans.__('A name of this list, a folder, or a database URL'),
      items: [front, ...known.map(each => each.name)],
      editable: true
    });
    if (answer.button.accept && answer.value !== null) {
      const item = known.find(each => each.name === answer.value);
      office.choose(answer.value === front ? '' : (item?.location ?? answer.value));
    }
  });
  all.add('refresh', () => trans.__('Read the Workspace Again'), async () => office.model.again());
  all.add(
    'insert',
    args => trans.__('Insert %1', `%${text(args, 'verb')}`),
    async args => {
      const names = (args.names ?? []) as string[];
      const options = (args.options ?? {}) as Record<string, MagicOption>;
      office.insert(await client.magic(text(args, 'verb'), names, options));
    },
    false
  );
  all.add('copy', args => trans.__('Copy “%1”', text(args, 'text')), async args => office.copy(text(args, 'text')), false);
  all.add(
    'open-origin',
    () => trans.__('Open Where It Came From'),
    args => office.openCell(text(args, 'notebook'), Number(args.cell ?? 0)),
    false
  );
}
