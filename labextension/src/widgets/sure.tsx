/** Asks once before something goes, and says what. */

import * as React from 'react';
import { Dialog, showDialog } from '@jupyterlab/apputils';

import { useTrans } from '../components/parts';
import type { Office } from '../office';
import { Room } from './room';

export interface Question {
  readonly title: string;
  /** What goes for good. */
  readonly goes: readonly string[];
  readonly stays?: readonly string[];
  /** What happens, where nothing goes. */
  readonly says?: string;
  /** The line that does the same. */
  readonly line: string | null;
  readonly accept: string;
  /** What may be done with it at once, when it is ticked. */
  readonly also?: string;
}

/** null: no. Where the settings say not to ask, the answer is yes, and nothing besides. */
export async function sure(office: Office, question: Question): Promise<{ readonly also: boolean } | null> {
  if (!office.confirms) {
    return { also: false };
  }
  const { trans } = office;
  const { title, accept, also } = question;
  const answer = await showDialog({
    title,
    body: (
      <Room office={office}>
        <Explained question={question} />
      </Room>
    ),
    buttons: [
      Dialog.cancelButton({ label: trans.__('Cancel') }),
      question.goes.length > 0 ? Dialog.warnButton({ label: accept }) : Dialog.okButton({ label: accept })
    ],
    ...(also ? { checkbox: { label: also, checked: false } } : {}),
    defaultButton: 0
  });
  return answer.button.accept ? { also: answer.isChecked === true } : null;
}

function Explained(props: { question: Question }): JSX.Element {
  const trans = useTrans();
  const { goes, stays, says, line } = props.question;
  return (
    <div className="jp-mlops-view jp-mlops-sure">
      {says ? <p>{says}</p> : null}
      {goes.length > 0 ? <Listed head={trans.__('These go for good:')} items={goes} /> : null}
      {stays && stays.length > 0 ? <Listed head={trans.__('These stay:')} items={stays} /> : null}
      {line ? (
        <p className="jp-mlops-help">
          {trans.__('The same in a cell')}: <code>{line}</code>
        </p>
      ) : null}
    </div>
  );
}

function Listed(props: { head: string; items: readonly string[] }): JSX.Element {
  return (
    <>
      <p>{props.head}</p>
      <ul>
        {props.items.map(item => (
          <li key={item}>{item}</li>
        ))}
      </ul>
    </>
  );
}
