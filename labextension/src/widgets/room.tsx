/** What every view of ours stands in: the user's language, and what it may ask of JupyterLab. */

import * as React from 'react';
import { ReactWidget } from '@jupyterlab/ui-components';

import { DeskContext, Trans } from '../components/parts';
import type { Desk } from '../components/parts';
import type { Office } from '../office';

/** `close`: a dialog goes away before a line is put into the notebook behind it. */
export function Room(props: { office: Office; close?: () => void; children: React.ReactNode }): JSX.Element {
  const { office, close } = props;
  const desk = React.useMemo<Desk>(
    () => ({
      insert: line => {
        close?.();
        office.insert(line);
      },
      copy: text => office.copy(text),
      run: (command, args) => office.run(command, args)
    }),
    [office, close]
  );
  return (
    <Trans.Provider value={office.trans}>
      <DeskContext.Provider value={desk}>{props.children}</DeskContext.Provider>
    </Trans.Provider>
  );
}

/** Draws a view in a widget of Lumino's. */
export class View extends ReactWidget {
  constructor(
    private readonly office: Office,
    private readonly view: () => JSX.Element
  ) {
    super();
    this.addClass('jp-mlops-view');
  }

  protected override render(): JSX.Element {
    return (
      <Room office={this.office}>
        <this.view />
      </Room>
    );
  }
}
