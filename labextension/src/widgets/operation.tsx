/** An operation, followed in a dialog. Closing it stops nothing. */

import * as React from 'react';

import { OperationView } from '../components/operation';
import { Button, useSnapshot } from '../components/parts';
import type { Office } from '../office';
import { isOver, OperationModel } from '../operationModel';
import type { Operation } from '../wire';
import { openModal } from './modal';

interface FollowProps {
  readonly office: Office;
  readonly id: string;
  /** What was said when it began. */
  readonly notices?: readonly string[];
  readonly close: () => void;
  /** Told once, when it is over. */
  readonly onOver?: (operation: Operation) => void;
}

export function Follow(props: FollowProps): JSX.Element | null {
  const { office, id } = props;
  const [model, setModel] = React.useState<OperationModel | null>(null);
  React.useEffect(() => {
    const made = new OperationModel(id, office.model);
    setModel(made);
    return () => made.dispose();
  }, [office, id]);
  return model ? <Followed {...props} model={model} /> : null;
}

function Followed(props: FollowProps & { model: OperationModel }): JSX.Element {
  const { model, office, close } = props;
  const { trans } = office;
  const snapshot = useSnapshot(model);
  const over = snapshot.operation !== null && isOver(snapshot.operation);
  const told = React.useRef(props.onOver);
  told.current = props.onOver;
  React.useEffect(() => {
    if (over && snapshot.operation) {
      told.current?.(snapshot.operation);
    }
    // Once: what comes after the end is its log.
  }, [over]);
  return (
    <>
      <OperationView
        {...snapshot}
        onCancel={() => void office.attempt(() => office.model.client.cancel(model.id))}
        onDone={close}
      />
      {props.notices?.map(notice => (
        <p key={notice} className="jp-mlops-notice">
          {notice}
        </p>
      ))}
      <div className="jp-mlops-bar jp-mlops-foot">
        {over ? null : (
          <span className="jp-mlops-dim">{trans.__('It goes on when this is closed; the sidebar shows it.')}</span>
        )}
        <span className="jp-mlops-spring" />
        <Button onClick={close}>{trans.__('Close')}</Button>
      </div>
    </>
  );
}

export function openOperation(office: Office, id: string): void {
  openModal(office, office.trans.__('Operation'), close => <Follow office={office} id={id} close={close} />);
}
