/** Every action as a command: for the palette, the menus and the buttons alike. */

import { ILayoutRestorer } from '@jupyterlab/application';
import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette, InputDialog } from '@jupyterlab/apputils';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';

import { IOffice } from '../office';
import type { Office } from '../office';
import type { Begun } from '../wire';
import { around, operating } from './looking';
import { deploying, registering, removing } from './making';
import { pages } from './pages';

export type Args = ReadonlyPartialJSONObject;

export function text(args: Args, name: string): string {
  const value = args[name];
  return typeof value === 'string' ? value : '';
}

/** One of a list, when the palette gave none. */
export async function chosen(given: string, title: string, list: () => Promise<readonly string[]>): Promise<string> {
  if (given !== '') {
    return given;
  }
  const items = [...(await list())];
  const answer = await InputDialog.getItem({ title, items });
  return answer.button.accept ? (answer.value ?? '') : '';
}

export class Commands {
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
    const { openOperation } = await import('../widgets/operation');
    openOperation(this.office, answer.operation.id);
  }
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
