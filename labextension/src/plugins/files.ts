/** The file browser's menu: register a file or folder, deploy an entry script. */

import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { IDefaultFileBrowser, IFileBrowserFactory } from '@jupyterlab/filebrowser';

import { mlopsIcon } from '../icons';
import { IOffice } from '../office';
import type { Office } from '../office';

export const files: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-mlops:files',
  description: 'Register a file or folder from the file browser.',
  autoStart: true,
  requires: [IOffice],
  optional: [IFileBrowserFactory, IDefaultFileBrowser, ICommandPalette],
  activate: (
    app: JupyterFrontEnd,
    office: Office,
    factory: IFileBrowserFactory | null,
    browser: IDefaultFileBrowser | null,
    palette: ICommandPalette | null
  ): void => {
    const { commands, contextMenu } = app;
    const { trans } = office;
    const selected = (): string | null => {
      const items = Array.from((factory?.tracker.currentWidget ?? browser)?.selectedItems() ?? []);
      return items.length === 1 ? app.serviceManager.contents.localPath(items[0].path) : null;
    };
    const edited = (): string | null => {
      // A document's widget, whichever editor shows it.
      const front = app.shell.currentWidget as { readonly context?: { readonly path?: string } } | null;
      const path = app.serviceManager.contents.localPath(front?.context?.path ?? '');
      return path.endsWith('.py') ? path : null;
    };
    commands.addCommand('jupyter-mlops:register-file', {
      label: trans.__('Register as a Model…'),
      icon: mlopsIcon,
      isVisible: () => selected() !== null,
      execute: args =>
        office.attempt(async () => {
          const path = typeof args.path === 'string' ? args.path : selected();
          if (path !== null) {
            const { openRegister } = await import('../widgets/register');
            openRegister(office, { kind: 'path', path });
          }
        })
    });
    commands.addCommand('jupyter-mlops:deploy-file', {
      label: trans.__('Deploy This Entry Script…'),
      icon: mlopsIcon,
      isVisible: () => selected()?.endsWith('.py') === true,
      execute: () => commands.execute('jupyter-mlops:deploy', { entryScript: selected() ?? '' })
    });
    commands.addCommand('jupyter-mlops:deploy-front', {
      label: trans.__('Deploy the Entry Script in Front…'),
      caption: trans.__('The Python file that is open in the editor in front becomes a service'),
      icon: mlopsIcon,
      isEnabled: () => edited() !== null,
      execute: () => commands.execute('jupyter-mlops:deploy', { entryScript: edited() ?? '' })
    });
    palette?.addItem({ command: 'jupyter-mlops:deploy-front', category: trans.__('Models and Services') });
    contextMenu.addItem({ command: 'jupyter-mlops:deploy-front', selector: '.jp-FileEditor', rank: 50 });
    contextMenu.addItem({ command: 'jupyter-mlops:register-file', selector: '.jp-DirListing-item', rank: 11.5 });
    contextMenu.addItem({
      command: 'jupyter-mlops:deploy-file',
      selector: '.jp-DirListing-item[data-isdir="false"]',
      rank: 11.6
    });
  }
};
