/** The panel in the left area: which workspace, a search box, and the four sections. */

import * as React from 'react';
import {
  addIcon,
  caretDownEmptyIcon,
  fileUploadIcon,
  PanelWithToolbar,
  refreshIcon,
  SidePanel
} from '@jupyterlab/ui-components';
import type { IDisposable } from '@lumino/disposable';
import type { Message } from '@lumino/messaging';
import { Debouncer } from '@lumino/polling';
import type { AccordionPanel } from '@lumino/widgets';

import { IconButton, useSnapshot, useTrans } from '../components/parts';
import { Images, Models, Operations, Services } from '../components/sections';
import type { SectionProps } from '../components/sections';
import { mlopsIcon, workflowIcon } from '../icons';
import { kernelFacts } from '../kernel';
import type { Snapshot } from '../model';
import type { Office } from '../office';
import type { KernelAnswer } from '../wire';
import { acceptFiles } from './drop';
import { View } from './room';

const SECTIONS = ['models', 'images', 'services', 'operations'] as const;

type Menu = (subject: string, x: number, y: number) => void;

export class MlopsPanel extends SidePanel {
  constructor(
    private readonly office: Office,
    menu: Menu
  ) {
    super();
    this.header.addWidget(new View(office, () => <Head office={office} />));
    const { trans } = office;
    this.id = 'jupyter-mlops-panel';
    this.title.icon = mlopsIcon;
    this.title.caption = trans.__('Models and services');
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', trans.__('Models and services'));
    this.addClass('jp-mlops-panel');

    acceptFiles(this, path => office.run('jupyter-mlops:register-file', { path }));
    const actions = {
      models: [
        tool(office, fileUploadIcon, trans.__('Register a variable of the notebook in front…'), 'jupyter-mlops:register-variable'),
        tool(office, addIcon, trans.__('Register from a URL…'), 'jupyter-mlops:register-url')
      ],
      images: [tool(office, addIcon, trans.__('Build an image…'), 'jupyter-mlops:build-image')],
      services: [tool(office, addIcon, trans.__('Deploy…'), 'jupyter-mlops:deploy')],
      operations: []
    };
    const titles = {
      models: trans.__('Models'),
      images: trans.__('Images'),
      services: trans.__('Services'),
      operations: trans.__('Operations')
    };
    const views = { models: Models, images: Images, services: Services, operations: Operations };
    for (const kind of SECTIONS) {
      const section = new PanelWithToolbar();
      section.addClass('jp-mlops-section');
      section.title.label = titles[kind];
      actions[kind].forEach((button, index) => section.toolbar.addItem(String(index), button));
      section.addWidget(new View(office, () => <Section office={office} menu={menu} view={views[kind]} />));
      this.addWidget(section);
    }
    // Models are what one looks through; the others are mostly few.
    this.sections.setRelativeSizes([4, 2, 3, 3]);
    office.model.changed.connect(this.count, this);
  }

  private get sections(): AccordionPanel {
    return this.content as AccordionPanel;
  }

  /**
   * How many there are, behind each title. Not in the title's own text: Lumino makes a new node for a new text, which
   * would take the focus away from who is in it, and a click that has begun on one of its buttons.
   */
  private count(): void {
    const counts = this.office.model.snapshot.workspace?.counts;
    SECTIONS.forEach((kind, index) => {
      const label = this.sections.titles[index].querySelector<HTMLElement>('.lm-AccordionPanel-titleLabel');
      const count = kind === 'operations' ? 0 : (counts?.[kind] ?? 0);
      if (label) {
        label.dataset.count = count > 0 ? ` ${count}` : '';
      }
    });
  }

  protected override onAfterShow(msg: Message): void {
    super.onAfterShow(msg);
    this.watching ??= this.office.model.watch();
  }

  protected override onAfterHide(msg: Message): void {
    super.onAfterHide(msg);
    this.watching?.dispose();
    this.watching = null;
  }

  protected override onAfterAttach(msg: Message): void {
    super.onAfterAttach(msg);
    if (this.isVisible) {
      this.watching ??= this.office.model.watch();
    }
  }

  override dispose(): void {
    this.watching?.dispose();
    super.dispose();
  }

  private watching: IDisposable | null = null;
}

function tool(office: Office, icon: typeof addIcon, label: string, command: string): View {
  return new View(office, () => <IconButton icon={icon} label={label} onClick={() => office.run(command)} />);
}

function Section(props: { office: Office; menu: Menu; view: (props: SectionProps) => JSX.Element }): JSX.Element {
  const { office } = props;
  const { model } = office;
  const snapshot = useSnapshot(model);
  return (
    <props.view
      snapshot={snapshot}
      onVersions={name => void office.attempt(() => model.loadVersions(name))}
      onDetail={(kind, id) => void office.attempt(() => model.loadDetail(kind, id))}
      onMore={kind => void office.attempt(() => model.more(kind))}
      onMenu={props.menu}
    />
  );
}

function Head(props: { office: Office }): JSX.Element {
  const { office } = props;
  const trans = useTrans();
  const snapshot = useSnapshot(office.model);
  const [text, setText] = React.useState('');
  const later = React.useMemo(
    () => new Debouncer((wanted: string) => office.attempt(() => office.model.search(wanted)), 200),
    [office]
  );
  React.useEffect(() => () => later.dispose(), [later]);
  const { workspace } = snapshot;
  return (
    <div className="jp-mlops-top">
      <div className="jp-mlops-bar">
        <button
          type="button"
          className="jp-mlops-workspace"
          title={workspace ? `${workspace.name}\n${workspace.location}\n${workspace.chosen_by}` : undefined}
          aria-label={trans.__('Workspace %1, choose another', workspace?.name ?? '…')}
          onClick={() => office.run('jupyter-mlops:choose-workspace')}
        >
          <span>{workspace?.name ?? '…'}</span>
          <caretDownEmptyIcon.react tag="span" width="14px" height="14px" />
        </button>
        <span className="jp-mlops-spring" />
        <IconButton
          icon={workflowIcon}
          label={trans.__('The workflow picture')}
          onClick={() => office.run('jupyter-mlops:open-workflow')}
        />
        <IconButton icon={refreshIcon} label={trans.__('Read again')} onClick={() => office.model.again()} />
      </div>
      <input
        type="search"
        className="jp-mlops-search"
        placeholder={trans.__('Search by name, k=v…')}
        title={trans.__('Part of a name; tags as k=v or tag:k; framework:ScikitLearn')}
        aria-label={trans.__('Search models, images and services')}
        value={text}
        onChange={event => {
          setText(event.target.value);
          void later.invoke(event.target.value);
        }}
      />
      <LinkState snapshot={snapshot} />
      <Skew office={office} snapshot={snapshot} />
    </div>
  );
}

export function LinkState(props: { snapshot: Snapshot }): JSX.Element | null {
  const trans = useTrans();
  const { link, problem } = props.snapshot;
  if (link === 'absent') {
    return (
      <div className="jp-mlops-trouble" role="alert">
        <p>{trans.__('The server extension of jupyter_mlops is off. Type in a terminal, then start JupyterLab again:')}</p>
        <p>
          <code>{problem?.problem.hint}</code>
        </p>
      </div>
    );
  }
  if (link === 'away') {
    return (
      <p className="jp-mlops-notice" role="status">
        {trans.__('The Jupyter server does not answer; trying again. What is shown is from before.')}
      </p>
    );
  }
  return problem ? (
    <div className="jp-mlops-trouble" role="alert">
      <p>{problem.problem.what}</p>
      {problem.problem.hint ? <p className="jp-mlops-hint">{problem.problem.hint}</p> : null}
    </div>
  ) : null;
}

/** The kernel in front and the server may be of two environments, and of two versions: their work is not the same. */
function Skew(props: { office: Office; snapshot: Snapshot }): JSX.Element | null {
  const { office, snapshot } = props;
  const [told, setTold] = React.useState<KernelAnswer | null>(null);
  const server = snapshot.link === 'live' ? snapshot.workspace?.server : undefined;
  React.useEffect(() => {
    let wanted = true;
    const ask = async (): Promise<void> => {
      const kernel = office.notebook?.kernel;
      const facts = kernel?.status === 'idle' ? await kernelFacts(kernel) : null;
      const skewed = facts !== null && facts.version !== null && facts.version !== server?.version;
      const answer = skewed ? await office.model.client.kernel(facts.interpreter) : null;
      if (wanted && (facts !== null || !kernel)) {
        setTold(answer);
      }
    };
    const asked = (): void => void ask().catch(() => setTold(null));
    if (server !== undefined) {
      asked();
      office.fronted.connect(asked);
    }
    return () => {
      wanted = false;
      office.fronted.disconnect(asked);
    };
  }, [office, server?.version]);
  return told?.message ? (
    <div className="jp-mlops-notice" role="status">
      <p>{told.message}</p>
      {told.hint ? <code>{told.hint}</code> : null}
    </div>
  ) : null;
}
