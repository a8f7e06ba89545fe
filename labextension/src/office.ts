/** What all plugins share: the model of the workspace, and what its views may ask of JupyterLab. */

import type { JupyterFrontEnd } from '@jupyterlab/application';
import { Clipboard, Dialog, Notification, showDialog } from '@jupyterlab/apputils';
import { PageConfig } from '@jupyterlab/coreutils';
import { NotebookActions } from '@jupyterlab/notebook';
import type { INotebookTracker } from '@jupyterlab/notebook';
import type { Kernel } from '@jupyterlab/services';
import type { TranslationBundle } from '@jupyterlab/translation';
import { Token } from '@lumino/coreutils';
import { Signal } from '@lumino/signaling';
import { Widget } from '@lumino/widgets';

import { asRefusal, fullText, Refusal } from './client';
import type { Desk } from './components/parts';
import { kernelFacts, KernelRefusal } from './kernel';
import type { WorkspaceModel } from './model';
import { insideRoot } from './words';

export const IOffice = new Token<Office>('jupyter-mlops:IOffice', 'The workspace of models and services.');

export const LOAD = '%load_ext jupyter_mlops';

export class Office implements Desk {
  constructor(
    readonly app: JupyterFrontEnd,
    readonly model: WorkspaceModel,
    readonly trans: TranslationBundle,
    private readonly notebooks: INotebookTracker | null
  ) {}

  /** Whether a deletion asks first. */
  confirms = true;

  /** Look at another workspace: a folder or URL; empty: that of the notebook in front. */
  choose: (location: string) => void = () => {};

  /** Another notebook is in front, or its kernel has changed or come to rest. */
  readonly fronted = new Signal<this, void>(this);

  /** The path and kernel of the notebook in front. */
  get notebook(): { path: string; kernel: Kernel.IKernelConnection | null } | null {
    const panel = this.notebooks?.currentWidget;
    return panel ? { path: panel.context.path, kernel: panel.sessionContext.session?.kernel ?? null } : null;
  }

  /** What a request says of the kernel in front. */
  async origin(): Promise<{ interpreter?: string; notebook?: string }> {
    const front = this.notebook;
    if (front?.kernel == null) {
      return front ? { notebook: front.path } : {};
    }
    const facts = await kernelFacts(front.kernel);
    return { notebook: front.path, ...(facts ? { interpreter: facts.interpreter } : {}) };
  }

  run(command: string, args: Readonly<Record<string, string | number | boolean>> = {}): void {
    void this.attempt(() => this.app.commands.execute(command, { ...args }));
  }

  copy(text: string): void {
    Clipboard.copyToSystem(text);
    Notification.info(this.trans.__('Copied'), { autoClose: 1500 });
  }

  insert(magic: string): void {
    const panel = this.notebooks?.currentWidget;
    if (!panel) {
      this.copy(magic);
      Notification.warning(this.trans.__('No notebook is open: the line is in the clipboard.'), { autoClose: 5000 });
      return;
    }
    const cells = panel.content.model?.cells;
    const loaded = Array.from(cells ?? []).some(cell => cell.sharedModel.getSource().includes(LOAD));
    if (!loaded && magic.startsWith('%%')) {
      this.cell(LOAD);
    }
    this.cell(loaded || magic.startsWith('%%') ? magic : `${LOAD}\n${magic}`);
    this.app.shell.activateById(panel.id);
  }

  /** Open a notebook at the cell that had this execution count; 0: just the notebook. */
  async openCell(path: string, count: number): Promise<void> {
    const inside = insideRoot(path, PageConfig.getOption('serverRoot'));
    await this.app.commands.execute('docmanager:open', { path: inside });
    const panel = this.notebooks?.currentWidget;
    await panel?.context.ready;
    const cells = panel?.content.widgets ?? [];
    const at = cells.findIndex(cell => cell.model.type === 'code' && cell.model.sharedModel.toJSON().execution_count === count);
    if (panel && count > 0 && at >= 0) {
      panel.content.activeCellIndex = at;
      await panel.content.scrollToItem(at);
    }
  }

  private cell(source: string): void {
    const notebook = this.notebooks?.currentWidget?.content;
    if (!notebook) {
      return;
    }
    const active = notebook.activeCell?.model;
    if (active?.type !== 'code' || active.sharedModel.getSource().trim() !== '') {
      NotebookActions.insertBelow(notebook);
    }
    notebook.activeCell?.model.sharedModel.setSource(source);
  }

  /** Do it; what goes wrong is said, with the whole text one click away. */
  async attempt<T>(action: () => Promise<T>): Promise<T | null> {
    try {
      return await action();
    } catch (reason) {
      this.complain(refusalOf(reason));
      return null;
    }
  }

  complain(refusal: Refusal): void {
    const { problem } = refusal;
    const said = problem.where ? `${problem.where}: ${problem.what}` : problem.what;
    Notification.error(said, {
      autoClose: false,
      actions: [
        {
          label: this.trans.__('Details'),
          callback: () => {
            const body = new Widget({ node: document.createElement('pre') });
            body.addClass('jp-mlops-full');
            body.node.tabIndex = 0;
            body.node.textContent = fullText(problem);
            void showDialog({
              title: problem.type,
              body,
              buttons: [Dialog.okButton({ label: this.trans.__('Close') })]
            });
          }
        }
      ]
    });
  }

  done(what: string): void {
    Notification.success(what, { autoClose: 5000 });
  }

  notices(notices: readonly string[]): void {
    notices.forEach(notice => Notification.warning(notice, { autoClose: 8000 }));
  }
}

export function refusalOf(reason: unknown): Refusal {
  if (reason instanceof KernelRefusal) {
    const problem = { type: reason.ename, what: reason.message, where: null, hint: null, details: reason.details };
    return new Refusal(problem, 0);
  }
  return asRefusal(reason);
}
