/** An operation, followed in a dialog. Closing it stops nothing. */

import * as React from 'react';

import { OperationView } from '../components/operation';
import { DeskContext, Trans, useSnapshot } from '../components/parts';
import type { Office } from '../office';
import { isOver, OperationModel } from '../operationModel';
import { desk } from './deploy';
import { Modal } from './modal';

export function Follow(props: { office: Office; id: string; close: () => void }): JSX.Element | null {
  const { office, id } = props;
  const [model, setModel] = React.useState<OperationModel | null>(null);
  React.useEffect(() => {
    const made = new OperationModel(id, office.model);
    setModel(made);
    return () => made.dispose();
  }, [office, id]);
  return model ? <Followed model={model} office={office} close={props.close} /> : null;
}

function Followed(props: { model: OperationModel; office: Office; close: () => void }): JSX.Element {
  const { model, office, close } = props;
  const { trans } = office;
  const snapshot = useSnapshot(model);
  return (
    <>
      <OperationView
        {...snapshot}
        onCancel={() => void office.attempt(() => office.model.client.cancel(model.id))}
        onDone={close}
      />
      <div className="jp-mlops-bar jp-mlops-foot">
        {snapshot.operation && !isOver(snapshot.operation) ? (
          <span className="jp-mlops-dim">{trans.__('It goes on when this is closed; the sidebar shows it.')}</span>
        ) : null}
        <span className="jp-mlops-spring" />
        <button type="button" className="jp-mlops-button" onClick={close}>
          {trans.__('Close')}
        </button>
      </div>
    </>
  );
}

export function openOperation(office: Office, id: string): void {
  new Modal(office.trans.__('Operation'), close => (
    <Trans.Provider value={office.trans}>
      <DeskContext.Provider value={{ ...desk(office), insert: line => (close(), office.insert(line)) }}>
        <Follow office={office} id={id} close={close} />
      </DeskContext.Provider>
    </Trans.Provider>
  )).open();
}
