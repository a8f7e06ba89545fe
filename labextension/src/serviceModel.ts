/** What a service's page shows, and the requests that were sent from it. */

import { Poll } from '@lumino/polling';
import { Signal } from '@lumino/signaling';
import type { ISignal } from '@lumino/signaling';
import type { IDisposable } from '@lumino/disposable';

import { asRefusal } from './client';
import type { Client, Refusal } from './client';
import type { WorkspaceModel } from './model';
import type * as wire from './wire';

export type Tab = 'request' | 'logs' | 'monitor' | 'revisions' | 'call' | 'about';

/** A request that was sent, and what came. */
export interface Exchange {
  readonly number: number;
  readonly time: string;
  readonly request: wire.TestRequest;
  readonly answer: wire.TestAnswer;
}

export interface ServiceSnapshot {
  readonly tab: Tab;
  readonly detail: wire.ServiceDetail | null;
  readonly problem: Refusal | null;
  readonly gone: boolean;
  readonly script: string | null;
  readonly keys: wire.Keys | null;
  readonly log: readonly string[];
  readonly paused: boolean;
  readonly metrics: wire.Metrics | null;
  readonly window: number;
  readonly history: readonly Exchange[];
  readonly sending: boolean;
  readonly swagger: unknown;
}

/** Lines of a log that are kept. */
const KEPT = 5000;
const EXCHANGES = 20;

export class ServiceModel implements IDisposable {
  constructor(
    readonly name: string,
    private readonly workspace: WorkspaceModel
  ) {
    const standby = () => document.hidden;
    this.logs = new Poll({
      name: `jupyter-mlops:logs:${name}`,
      auto: false,
      factory: () => this.readLog(),
      frequency: { interval: 1500, backoff: true, max: 20_000 },
      standby
    });
    this.readings = new Poll({
      name: `jupyter-mlops:metrics:${name}`,
      auto: false,
      factory: () => this.readMetrics(),
      frequency: { interval: 2000, backoff: true, max: 20_000 },
      standby
    });
    workspace.happened.connect(this.onEvents, this);
    workspace.changed.connect(this.onWorkspace, this);
  }

  get client(): Client {
    return this.workspace.client;
  }

  get snapshot(): ServiceSnapshot {
    return this.current;
  }

  get changed(): ISignal<this, void> {
    return this.changedSignal;
  }

  get isDisposed(): boolean {
    return this.disposed;
  }

  dispose(): void {
    this.disposed = true;
    this.watching?.dispose();
    this.logs.dispose();
    this.readings.dispose();
    Signal.clearData(this);
  }

  /** Whether somebody looks at the page: only then is anything asked. */
  set visible(visible: boolean) {
    if (visible && this.watching === null) {
      this.watching = this.workspace.watch();
      void this.refresh();
    } else if (!visible) {
      this.watching?.dispose();
      this.watching = null;
    }
    this.steer();
  }

  open(tab: Tab): void {
    this.show({ tab });
    this.steer();
  }

  async refresh(): Promise<void> {
    try {
      const detail = await this.client.service(this.name);
      this.show({ detail, problem: null, gone: false });
      // Another revision may want other requests.
      const told = `${detail.revision} ${detail.swagger_uri}`;
      if (detail.swagger_uri !== null && told !== this.described) {
        this.described = told;
        void this.readSwagger();
      }
    } catch (reason) {
      const refusal = asRefusal(reason);
      this.show({ problem: refusal, gone: refusal.status === 404 && !refusal.absent });
    }
  }

  async send(request: wire.TestRequest): Promise<void> {
    this.show({ sending: true });
    try {
      const answer = await this.client.test(this.name, request);
      this.sent += 1;
      const exchange = { number: this.sent, time: new Date().toISOString(), request, answer };
      this.show({ history: [exchange, ...this.current.history].slice(0, EXCHANGES) });
    } finally {
      this.show({ sending: false });
    }
  }

  async revealKeys(): Promise<wire.Keys> {
    const keys = await this.client.keys(this.name);
    this.show({ keys });
    return keys;
  }

  hideKeys(): void {
    this.show({ keys: null });
  }

  async regenerate(key: 'primary' | 'secondary'): Promise<void> {
    this.show({ keys: await this.client.regenerate(this.name, key) });
  }

  pause(paused: boolean): void {
    this.show({ paused });
    this.steer();
  }

  watchFor(window: number): void {
    this.show({ window });
    void this.readings.refresh();
  }

  private steer(): void {
    const looked = this.watching !== null;
    const tab = this.current.tab;
    void (looked && tab === 'logs' && !this.current.paused ? this.logs.start() : this.logs.stop());
    void (looked && tab === 'monitor' ? this.readings.start() : this.readings.stop());
  }

  private async readLog(): Promise<void> {
    const answer = await this.client.logs(this.name, this.cursor ?? undefined);
    const before = answer.reset || this.cursor === null ? [] : this.current.log;
    this.cursor = answer.cursor;
    if (answer.lines.length > 0 || before !== this.current.log) {
      this.show({ log: [...before, ...answer.lines].slice(-KEPT) });
    }
  }

  private async readMetrics(): Promise<void> {
    this.show({ metrics: await this.client.metrics(this.name, this.current.window) });
  }

  private async readSwagger(): Promise<void> {
    try {
      this.show({ swagger: await this.client.swagger(this.name) });
    } catch {
      // A service that is down has no schema to show; its page says that it is down, and asks again.
      this.described = '';
      this.show({ swagger: null });
    }
  }

  private onEvents(_: WorkspaceModel, events: readonly wire.Event[]): void {
    const ours = `service/${this.name}`;
    const work = this.current.detail?.operation;
    const told = events.some(
      event => event.subject === ours || event.subject.startsWith('model/') || event.subject === `operation/${work}`
    );
    if (told || this.current.detail === null) {
      void this.refresh();
    }
  }

  private onWorkspace(): void {
    const row = this.workspace.snapshot.services.find(service => service.name === this.name);
    const detail = this.current.detail;
    if (row && detail && (row.state !== detail.state || row.error !== detail.error || row.differs !== detail.differs)) {
      this.show({ detail: { ...detail, ...row } });
    }
  }

  private show(change: Partial<ServiceSnapshot>): void {
    if (!this.disposed) {
      this.current = { ...this.current, ...change };
      this.changedSignal.emit();
    }
  }

  private readonly logs: Poll;
  private readonly readings: Poll;
  private readonly changedSignal = new Signal<this, void>(this);
  private current: ServiceSnapshot = {
    tab: 'request',
    detail: null,
    problem: null,
    gone: false,
    script: null,
    keys: null,
    log: [],
    paused: false,
    metrics: null,
    window: 300,
    history: [],
    sending: false,
    swagger: null
  };
  private cursor: string | null = null;
  private described = '';
  private sent = 0;
  private watching: IDisposable | null = null;
  private disposed = false;
}
