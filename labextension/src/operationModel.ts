/** One operation, followed while it is shown: its stages and its log as they come. */

import { Signal } from '@lumino/signaling';
import type { ISignal } from '@lumino/signaling';
import type { IDisposable } from '@lumino/disposable';

import { asRefusal } from './client';
import type { Refusal } from './client';
import type { WorkspaceModel } from './model';
import type * as wire from './wire';

export interface OperationSnapshot {
  readonly operation: wire.Operation | null;
  readonly events: readonly wire.Event[];
  readonly problem: Refusal | null;
}

const OVER: readonly wire.OperationState[] = ['Succeeded', 'Failed', 'Cancelled', 'Interrupted'];

export function isOver(operation: wire.Operation): boolean {
  return OVER.includes(operation.state);
}

export class OperationModel implements IDisposable {
  constructor(
    readonly id: string,
    private readonly workspace: WorkspaceModel
  ) {
    this.watching = workspace.watch();
    workspace.happened.connect(this.onEvents, this);
    void this.read();
  }

  get snapshot(): OperationSnapshot {
    return this.current;
  }

  get changed(): ISignal<this, void> {
    return this.changedSignal;
  }

  get isDisposed(): boolean {
    return this.watching.isDisposed;
  }

  dispose(): void {
    this.watching.dispose();
    Signal.clearData(this);
  }

  private onEvents(_: WorkspaceModel, events: readonly wire.Event[]): void {
    if (events.some(event => event.subject === `operation/${this.id}`)) {
      void this.read();
    }
  }

  /** Reads that overlap are put one after the other, so that no event is shown twice. */
  private read(): Promise<void> {
    this.reading = this.reading.then(() => this.readNow());
    return this.reading;
  }

  private async readNow(): Promise<void> {
    try {
      const detail = await this.workspace.client.operation(this.id, this.cursor);
      this.cursor = detail.cursor;
      this.show({ operation: detail, events: [...this.current.events, ...detail.events], problem: null });
    } catch (reason) {
      this.show({ ...this.current, problem: asRefusal(reason) });
    }
  }

  private show(snapshot: OperationSnapshot): void {
    this.current = snapshot;
    this.changedSignal.emit();
  }

  private readonly watching: IDisposable;
  private readonly changedSignal = new Signal<this, void>(this);
  private current: OperationSnapshot = { operation: null, events: [], problem: null };
  private cursor = 0;
  private reading: Promise<void> = Promise.resolve();
}
