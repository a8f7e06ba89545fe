/** The model of the workspace, pointed at the notebook in front and at what the settings say. */

import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { INotebookTracker } from '@jupyterlab/notebook';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { Client } from '../client';
import { WorkspaceModel } from '../model';
import { IOffice, Office } from '../office';

export const PLUGIN = 'jupyter-mlops:plugin';

export const office: JupyterFrontEndPlugin<Office> = {
  id: PLUGIN,
  description: 'Knows the workspace of the notebook in front.',
  autoStart: true,
  provides: IOffice,
  optional: [INotebookTracker, ISettingRegistry, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    notebooks: INotebookTracker | null,
    settings: ISettingRegistry | null,
    translator: ITranslator | null
  ): Office => {
    const trans = (translator ?? nullTranslator).load('jupyter_mlops');
    const model = new WorkspaceModel(new Client(app.serviceManager.serverSettings, trans));
    const made = new Office(app, model, trans, notebooks);
    let location = '';
    const point = (): void => model.point(location, notebooks?.currentWidget?.context.path ?? null);
    const fronted = (): void => made.fronted.emit();
    notebooks?.currentChanged.connect((_, panel) => {
      point();
      fronted();
      panel?.sessionContext.statusChanged.disconnect(fronted);
      panel?.sessionContext.statusChanged.connect(fronted);
    });
    made.choose = chosen => {
      location = chosen;
      point();
    };
    void settings?.load(PLUGIN).then(
      loaded => {
        const read = (): void => {
          location = String(loaded.get('workspace').composite ?? '');
          made.confirms = loaded.get('confirmDeletion').composite !== false;
          model.interval = Number(loaded.get('pollInterval').composite ?? 10);
          point();
        };
        loaded.changed.connect(read);
        read();
      },
      reason => console.warn('jupyter-mlops: its settings cannot be read', reason)
    );
    return made;
  }
};
