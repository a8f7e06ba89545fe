/** A dialog of the browser's own: it keeps the focus, closes on Escape and gives the focus back. */

import * as React from 'react';
import { ReactWidget } from '@jupyterlab/ui-components';
import { PanelLayout, Widget } from '@lumino/widgets';

let count = 0;

export class Modal extends Widget {
  constructor(title: string, body: (close: () => void) => JSX.Element) {
    super({ node: document.createElement('dialog') });
    count += 1;
    const heading = `jp-mlops-modal-${count}`;
    this.addClass('jp-mlops-modal');
    this.node.setAttribute('aria-labelledby', heading);
    this.node.addEventListener('close', () => this.dispose());
    const layout = new PanelLayout();
    layout.addWidget(
      ReactWidget.create(
        <>
          <h2 id={heading}>{title}</h2>
          {body(() => this.dialog.close())}
        </>
      )
    );
    this.layout = layout;
  }

  get dialog(): HTMLDialogElement {
    return this.node as HTMLDialogElement;
  }

  open(): this {
    Widget.attach(this, document.body);
    this.dialog.showModal();
    return this;
  }
}
