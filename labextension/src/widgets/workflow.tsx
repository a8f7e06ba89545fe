/** The workflow picture in the main area, drawn again whenever something happens. */

import * as React from 'react';
import { MainAreaWidget } from '@jupyterlab/apputils';
import type { IDisposable } from '@lumino/disposable';
import type { Message } from '@lumino/messaging';

import { Workflow } from '../components/workflow';
import { workflowIcon } from '../icons';
import { split } from '../model';
import type { Office } from '../office';
import type { Lineage } from '../wire';
import { View } from './room';

class WorkflowView extends View {
  constructor(
    office: Office,
    private readonly watch: () => IDisposable
  ) {
    super(office, () => <Picture office={office} />);
    this.addClass('jp-mlops-main');
  }

  protected override onAfterShow(msg: Message): void {
    super.onAfterShow(msg);
    this.watching ??= this.watch();
  }

  protected override onAfterHide(msg: Message): void {
    super.onAfterHide(msg);
    this.watching?.dispose();
    this.watching = null;
  }

  override dispose(): void {
    this.watching?.dispose();
    super.dispose();
  }

  private watching: IDisposable | null = null;
}

export function workflowWidget(office: Office): MainAreaWidget {
  const content = new WorkflowView(office, () => office.model.watch());
  const widget = new MainAreaWidget({ content });
  widget.id = 'jupyter-mlops-workflow';
  widget.title.label = office.trans.__('Workflow');
  widget.title.icon = workflowIcon;
  widget.toolbar.hide();
  return widget;
}

function Picture(props: { office: Office }): JSX.Element {
  const { office } = props;
  const [lineage, setLineage] = React.useState<Lineage | null>(null);
  const [all, setAll] = React.useState(false);
  React.useEffect(() => {
    let wanted = true;
    const read = (): void => {
      office.model.client.lineage(all).then(
        found => wanted && setLineage(found),
        () => {}
      );
    };
    read();
    office.model.happened.connect(read);
    return () => {
      wanted = false;
      office.model.happened.disconnect(read);
    };
  }, [office, all]);
  const open = (id: string): void => {
    const [kind, name] = split(id);
    if (kind === 'service') {
      office.run('jupyter-mlops:open-service', { name });
    } else {
      office.run('jupyter-mlops:deploy', kind === 'model' ? { model: name } : { image: name });
    }
  };
  return <Workflow lineage={lineage} all={all} onAll={setAll} onOpen={open} />;
}
