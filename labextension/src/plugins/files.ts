/** The file browser's menu: register a file or folder, deploy an entry script. */

import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { IDefaultFileBrowser, IFileBrowserFactory } from '@jupyterlab/filebrowser';

import { mlopsIcon } from '../icons';
import { IOffice } from '../office';
import type { Office } from '../office';
import { openDeploy } from '../widgets/deploy';
import { openRegister } from '../widgets/register';

export const files: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-mlops:files',
  description: 'Register a file or folder from the file browser.',
  autoStart: true,
  requires: [IOffice],
  optional: [IFileBrowserFactory, IDefaultFileBrowser],
  activate: (
    app: JupyterFrontEnd,
    office: Office,
    factory: IFileBrowserFactory | null,
    browser: IDefaultFileBrowser | null
  ): void => {
    const { commands, contextMenu } = app;
    const { trans } = office;
    const selected = (): string | null => {
      const items = Array.from((factory?.tracker.currentWidget ?? browser)?.selectedItems() ?? []);
      return items.length === 1 ? app.serviceManager.contents.localPath(items[0].path) : null;
    };
    commands.addCommand('jupyter-mlops:register-file', {
      label: trans.__('Register as a Model…'),
      icon: mlopsIcon,
      isVisible: () => selected() !== null,
      execute: args => {
        const path = typeof args.path === 'string' ? args.path : selected();
        if (path !== null) {
          openRegister(office, { kind: 'path', path });
        }
      }
    });
    commands.addCommand('jupyter-mlops:deploy-file', {
      label: trans.__('Deploy This Entry Script…'),
      icon: mlopsIcon,
      isVisible: () => selected()?.endsWith('.py') === true,
      execute: () => office.attempt(() => openDeploy(office, { entryScript: selected() ?? '' }))
    });
    contextMenu.addItem({ command: 'jupyter-mlops:register-file', selector: '.jp-DirListing-item', rank: 11.5 });
    contextMenu.addItem({
      command: 'jupyter-mlops:deploy-file',
      selector: '.jp-DirListing-item[data-isdir="false"]',
      rank: 11.6
    });
  }
};
