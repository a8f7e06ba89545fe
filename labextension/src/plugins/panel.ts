/** The sidebar, and the menu of its rows. */

import { ILayoutRestorer } from '@jupyterlab/application';
import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { ILauncher } from '@jupyterlab/launcher';
import { MenuSvg } from '@jupyterlab/ui-components';
import type { ReadonlyJSONObject } from '@lumino/coreutils';
import { MessageLoop } from '@lumino/messaging';
import { Widget } from '@lumino/widgets';

import { mlopsIcon } from '../icons';
import { split } from '../model';
import { IOffice } from '../office';
import type { Office } from '../office';
import { MlopsPanel } from '../widgets/panel';

type Entry = readonly [command: string, args: ReadonlyJSONObject] | null;

/** What can be done with a row. */
export function entries(subject: string): readonly Entry[] {
  const [kind, id] = split(subject);
  switch (kind) {
    case 'model':
      return [
        ['jupyter-mlops:deploy', { model: id }],
        ['jupyter-mlops:build-image', { model: id }],
        ['jupyter-mlops:insert', { verb: 'deploy', names: [id.split(':')[0].toLowerCase()], options: { model: [id] } }],
        null,
        ['jupyter-mlops:copy', { text: id }],
        ['jupyter-mlops:delete-model', { id }]
      ];
    case 'image':
      return [
        ['jupyter-mlops:deploy', { image: id }],
        ['jupyter-mlops:insert', { verb: 'deploy', names: [id.split(':')[0].toLowerCase()], options: { image: id } }],
        null,
        ['jupyter-mlops:copy', { text: id }],
        ['jupyter-mlops:delete-image', { id }]
      ];
    case 'service':
      return [
        ['jupyter-mlops:open-service', { name: id }],
        ['jupyter-mlops:update-service', { name: id }],
        ['jupyter-mlops:roll-back-service', { name: id }],
        ['jupyter-mlops:start-service', { name: id }],
        null,
        ['jupyter-mlops:insert', { verb: 'test_service', names: [id] }],
        ['jupyter-mlops:insert', { verb: 'monitor', names: [id] }],
        null,
        ['jupyter-mlops:delete-service', { name: id }]
      ];
    default:
      return [
        ['jupyter-mlops:show-operation', { id }],
        ['jupyter-mlops:insert', { verb: 'operations', names: [id] }],
        null,
        ['jupyter-mlops:cancel-operation', { id }]
      ];
  }
}

export const panel: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-mlops:panel',
  description: 'Models, images, services and operations in the left area.',
  autoStart: true,
  requires: [IOffice],
  optional: [ILayoutRestorer, ICommandPalette, ILauncher],
  activate: (
    app: JupyterFrontEnd,
    office: Office,
    restorer: ILayoutRestorer | null,
    palette: ICommandPalette | null,
    launcher: ILauncher | null
  ): void => {
    const { commands, shell } = app;
    const { trans } = office;
    const open = (subject: string, x: number, y: number): void => {
      // A menu keeps the focus to itself, and takes it away with it.
      const before = document.activeElement;
      const menu = new MenuSvg({ commands });
      menu.aboutToClose.connect(() => {
        if (before instanceof HTMLElement) {
          before.focus();
        }
        requestAnimationFrame(() => menu.dispose());
      });
      for (const entry of entries(subject)) {
        menu.addItem(entry === null ? { type: 'separator' } : { command: entry[0], args: entry[1] });
      }
      menu.open(x, y);
      // At once: the next key is the menu's already.
      MessageLoop.sendMessage(menu, Widget.Msg.ActivateRequest);
    };
    const widget = new MlopsPanel(office, open);
    restorer?.add(widget, widget.id);
    shell.add(widget, 'left', { rank: 600, type: 'MLOps' });

    commands.addCommand('jupyter-mlops:open-panel', {
      label: trans.__('Models and Services'),
      caption: trans.__('Register, deploy, test and watch models'),
      icon: mlopsIcon,
      execute: () => shell.activateById(widget.id)
    });
    palette?.addItem({ command: 'jupyter-mlops:open-panel', category: trans.__('Models and Services') });
    launcher?.add({ command: 'jupyter-mlops:open-panel', category: trans.__('Other'), rank: 5 });
  }
};
