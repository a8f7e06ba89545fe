/** The pages of the main area. They come back when JupyterLab is opened again. */

import type { ILayoutRestorer } from '@jupyterlab/application';
import { WidgetTracker } from '@jupyterlab/apputils';
import type { MainAreaWidget } from '@jupyterlab/apputils';

import type { Office } from '../office';
import type { ServiceWidget } from '../widgets/service';
import type { Commands } from './commands';

export function pages(all: Commands, office: Office, restorer: ILayoutRestorer | null): void {
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
      const { serviceWidget } = await import('../widgets/service');
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
      const { workflowWidget } = await import('../widgets/workflow');
      widget = workflowWidget(office);
      await workflows.add(widget);
      app.shell.add(widget, 'main');
    }
    app.shell.activateById(widget.id);
  });
}
