/** A dialog of the browser's own: it keeps the focus, closes on Escape and gives the focus back. */

import * as React from 'react';
import { ReactWidget } from '@jupyterlab/ui-components';
import { PanelLayout, Widget } from '@lumino/widgets';

import type { Office } from '../office';
import { Room } from './room';

let count = 0;

class Modal extends Widget {
  constructor(office: Office, title: string, body: (close: () => void) => JSX.Element) {
    super({ node: document.createElement('dialog') });
    count += 1;
    const heading = `jp-mlops-modal-${count}`;
    this.addClass('jp-mlops-modal');
    this.node.setAttribute('aria-labelledby', heading);
    this.node.addEventListener('close', () => this.dispose());
    const close = (): void => this.dialog.close();
    const layout = new PanelLayout();
    layout.addWidget(
      ReactWidget.create(
        <Room office={office} close={close}>
          <h2 id={heading}>{title}</h2>
          {body(close)}
        </Room>
      )
    );
    this.layout = layout;
  }

  get dialog(): HTMLDialogElement {
    return this.node as HTMLDialogElement;
  }
}

/** Show a dialog; where the focus was, it is again when the dialog is closed. */
export function openModal(office: Office, title: string, body: (close: () => void) => JSX.Element): void {
  const modal = new Modal(office, title, body);
  Widget.attach(modal, document.body);
  modal.dialog.showModal();
}
