/** Every action as a command: for the palette, the menus and the buttons alike. */

import { ILayoutRestorer } from '@jupyterlab/application';
import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette, InputDialog, WidgetTracker } from '@jupyterlab/apputils';
import type { MainAreaWidget } from '@jupyterlab/apputils';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';

import { IOffice } from '../office';
import type { Office } from '../office';
import type { Begun, MagicOption } from '../wire';
import { openDeploy, openUpdate } from '../widgets/deploy';
import { openOperation } from '../widgets/operation';
import { openRegister, openVariables } from '../widgets/register';
import { serviceWidget } from '../widgets/service';
import type { ServiceWidget } from '../widgets/service';
import { workflowWidget } from '../widgets/workflow';

type Args = ReadonlyPartialJSONObject;

function text(args: Args, name: string): string {
  const value = args[name];
  return typeof value === 'string' ? value : '';
}

/** One of a list, when the palette gave none. */
async function chosen(given: string, title: string, list: () => Promise<readonly string[]>): Promise<string> {
  if (given !== '') {
    return given;
  }
  const items = [...(await list())];
  const answer = await InputDialog.getItem({ title, items });
  return answer.button.accept ? (answer.value ?? '') : '';
}

class Commands {
  constructor(
    private readonly app: JupyterFrontEnd,
    private readonly office: Office,
    private readonly palette: ICommandPalette | null
  ) {}

  private readonly client = this.office.model.client;
  private readonly trans = this.office.trans;

  /** A command; `listed`: also in the palette, where it asks for what it is not given. */
  add(name: string, label: (args: Args) => string, act: (args: Args) => Promise<unknown>, listed = true): void {
    const command = `jupyter-mlops:${name}`;
    this.app.commands.addCommand(command, { label, execute: args => this.office.attempt(() => act(args)) });
    if (listed) {
      this.palette?.addItem({ command, category: this.trans.__('Models and Services') });
    }
  }

  service(args: Args): Promise<string> {
    const names = async (): Promise<string[]> => (await this.client.services({})).items.map(each => each.name);
    return chosen(text(args, 'name'), this.trans.__('Which service?'), names);
  }

  model(args: Args): Promise<string> {
    const names = async (): Promise<string[]> => (await this.client.models({}, 0, 500)).items.map(each => each.id);
    return chosen(text(args, 'id'), this.trans.__('Which model?'), names);
  }

  image(args: Args): Promise<string> {
    const names = async (): Promise<string[]> => (await this.client.images({}, 0, 500)).items.map(each => each.id);
    return chosen(text(args, 'id'), this.trans.__('Which image?'), names);
  }

  async follow(begun: Promise<Begun>): Promise<void> {
    const answer = await begun;
    this.office.notices(answer.notices);
    openOperation(this.office, answer.operation.id);
  }
}

function registering(all: Commands, office: Office): void {
  const { trans } = office;
  all.add('register-variable', () => trans.__('Register a Variable of the Notebook…'), () => openVariables(office));
  all.add(
    'register-url',
    () => trans.__('Register a Model from a URL…'),
    async () => openRegister(office, { kind: 'url' })
  );
}

function deploying(all: Commands, office: Office): void {
  const { trans } = office;
  const { client } = office.model;
  all.add(
    'deploy',
    args => {
      const from = text(args, 'model') || text(args, 'image');
      return from ? trans.__('Deploy %1…', from) : trans.__('Deploy…');
    },
    args =>
      openDeploy(office, {
        model: text(args, 'model') || undefined,
        image: text(args, 'image') || undefined,
        script: text(args, 'script') || undefined,
        entryScript: text(args, 'entryScript') || undefined
      })
  );
  all.add('update-service', () => trans.__('Update a Service…'), async args => {
    const name = await all.service(args);
    return name === '' ? null : openUpdate(office, name);
  });
  all.add('roll-back-service', () => trans.__('Roll a Service Back…'), async args => {
    const name = await all.service(args);
    if (name === '') {
      return;
    }
    const old = (await client.service(name)).revisions.filter(each => !each.current).map(each => String(each.number));
    const given = typeof args.revision === 'number' ? String(args.revision) : '';
    const number = await chosen(given, trans.__('To which revision of %1?', name), async () => old);
    if (number !== '') {
      await all.follow(client.rollBack(name, Number(number)));
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

function removing(all: Commands, office: Office): void {
  const { trans } = office;
  const { client } = office.model;
  all.add('delete-service', () => trans.__('Delete a Service…'), async args => {
    const name = await all.service(args);
    if (name === '') {
      return;
    }
    const service = await client.service(name);
    const what = trans.__(
      'Its address, its keys, its log and its %1 revisions go for good. Its models and images stay. The same in a cell: %2',
      service.revisions.length,
      await client.magic('delete_service', [name])
    );
    if (await office.sure(trans.__('Delete the service %1?', name), what, trans.__('Delete'))) {
      await all.follow(client.removeService(name, false));
    }
  });
  const asset = async (kind: 'model' | 'image', id: string): Promise<void> => {
    if (id === '') {
      return;
    }
    const line = await client.magic(`delete_${kind}`, [id]);
    const what = trans.__('Its files go for good, and its number is not used again. The same in a cell: %1', line);
    if (await office.sure(trans.__('Delete %1?', id), what, trans.__('Delete'))) {
      await client.remove(kind, id);
      await office.model.refresh(['models', 'images']);
    }
  };
  all.add('delete-model', () => trans.__('Delete a Model…'), async args => asset('model', await all.model(args)));
  all.add('delete-image', () => trans.__('Delete an Image…'), async args => asset('image', await all.image(args)));
}

function operating(all: Commands, office: Office): void {
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

function around(all: Commands, office: Office): void {
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

function pages(all: Commands, office: Office, restorer: ILayoutRestorer | null): void {
  const { app, trans } = office;
  const services = new WidgetTracker<MainAreaWidget<ServiceWidget>>({ namespace: 'jupyter-mlops-service' });
  void restorer?.restore(services, {
    command: 'jupyter-mlops:open-service',
    args: widget => ({ name: widget.content.model.name }),
    name: widget => widget.content.model.name
  });
  all.add('open-service', () => trans.__('Open a Service…'), async args => {
    const name = await all.service(args);
    if (name === '') {
      return;
    }
    let widget = services.find(each => each.content.model.name === name);
    if (!widget) {
      widget = serviceWidget(office, name);
      await services.add(widget);
      app.shell.add(widget, 'main');
    }
    app.shell.activateById(widget.id);
  });

  const workflows = new WidgetTracker<MainAreaWidget>({ namespace: 'jupyter-mlops-workflow' });
  void restorer?.restore(workflows, { command: 'jupyter-mlops:open-workflow', name: () => 'workflow' });
  all.add('open-workflow', () => trans.__('The Workflow Picture'), async () => {
    let widget = workflows.find(each => !each.isDisposed);
    if (!widget) {
      widget = workflowWidget(office);
      await workflows.add(widget);
      app.shell.add(widget, 'main');
    }
    app.shell.activateById(widget.id);
  });
}

export const commands: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-mlops:commands',
  description: 'Register, deploy, update, roll back, delete, follow.',
  autoStart: true,
  requires: [IOffice],
  optional: [ICommandPalette, ILayoutRestorer],
  activate: (
    app: JupyterFrontEnd,
    office: Office,
    palette: ICommandPalette | null,
    restorer: ILayoutRestorer | null
  ): void => {
    const all = new Commands(app, office, palette);
    registering(all, office);
    deploying(all, office);
    removing(all, office);
    operating(all, office);
    around(all, office);
    pages(all, office, restorer);
  }
};

