import type { JupyterFrontEndPlugin } from '@jupyterlab/application';

import { commands } from './plugins/commands';
import { files } from './plugins/files';
import { office } from './plugins/office';
import { panel } from './plugins/panel';

/** The activation is measured: `jupyter-mlops:start` in the browser's performance timeline, one entry a plugin. */
function measured<T>(plugin: JupyterFrontEndPlugin<T>): JupyterFrontEndPlugin<T> {
  const activate: typeof plugin.activate = (...given) => {
    const start = performance.now();
    try {
      return plugin.activate(...given);
    } finally {
      performance.measure('jupyter-mlops:start', { start, detail: plugin.id });
    }
  };
  return { ...plugin, activate };
}

export default [measured(office), measured(commands), measured(panel), measured(files)];
