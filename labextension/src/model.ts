/**
 * What the panel shows of a workspace, kept true by one long poll of `/events` while somebody looks.
 */

import { Poll } from '@lumino/polling';
import { Signal } from '@lumino/signaling';
import type { ISignal } from '@lumino/signaling';
import { DisposableDelegate } from '@lumino/disposable';
import type { IDisposable } from '@lumino/disposable';

import { asRefusal } from './client';
import type { Client, Refusal, Search } from './client';
import type * as wire from './wire';
import { parseSearch } from './words';

/** `connecting` first, `live` while the server answers, `away` when it stopped to, `absent` when it never will. */
export type Link = 'connecting' | 'live' | 'away' | 'absent';

export interface Snapshot {
  readonly link: Link;
  readonly problem: Refusal | null;
  readonly workspace: wire.Workspace | null;
  readonly searched: boolean;
  readonly models: wire.Page<wire.Model>;
  readonly versions: ReadonlyMap<string, readonly wire.Model[]>;
  readonly details: ReadonlyMap<string, wire.ModelDetail | wire.ImageDetail>;
  readonly images: wire.Page<wire.Image>;
  readonly services: readonly wire.Service[];
  readonly operations: readonly wire.Operation[];
}

export type Kind = 'models' | 'images' | 'services' | 'operations';
const KINDS: readonly Kind[] = ['models', 'images', 'services', 'operations'];

const NOTHING: Snapshot = {
  link: 'connecting',
  problem: null,
  workspace: null,
  searched: false,
  models: { items: [], next_offset: null },
  versions: new Map(),
  details: new Map(),
  images: { items: [], next_offset: null },
  services: [],
  operations: []
};

/** How long the server may hold a question for events, in seconds. */
const WAIT = 25;

/** How long the states of a server that is away are let be, in milliseconds. */
const LONGEST = 60_000;

export class WorkspaceModel implements IDisposable {
  constructor(readonly client: Client) {
    this.poll = new Poll({
      name: 'jupyter-mlops:events',
      auto: false,
      factory: () => this.follow(),
      frequency: { interval: 100, backoff: 2, max: 15_000 },
      standby: () => document.hidden
    });
    this.states = new Poll({
      name: 'jupyter-mlops:states',
      auto: false,
      factory: () => this.refresh(['services']),
      frequency: { interval: 10_000, backoff: true, max: LONGEST },
      standby: () => document.hidden || this.snapshot.services.length === 0 || this.snapshot.link !== 'live'
    });
  }

  get snapshot(): Snapshot {
    return this.current;
  }

  /** Something that is shown has changed. */
  get changed(): ISignal<this, void> {
    return this.changedSignal;
  }

  /** What has just happened in the workspace. */
  get happened(): ISignal<this, readonly wire.Event[]> {
    return this.happenedSignal;
  }

  get isDisposed(): boolean {
    return this.disposed;
  }

  dispose(): void {
    this.disposed = true;
    this.asked?.abort();
    this.poll.dispose();
    this.states.dispose();
    Signal.clearData(this);
  }

  /** Keep it true until the answer is disposed: for as long as somebody looks. */
  watch(): IDisposable {
    this.watchers += 1;
    if (this.watchers === 1) {
      void this.poll.start();
      void this.states.start();
    }
    return new DisposableDelegate(() => {
      this.watchers -= 1;
      if (this.watchers === 0 && !this.disposed) {
        void this.poll.stop();
        void this.states.stop();
        this.asked?.abort();
      }
    });
  }

  /** How often services are asked for their state, in seconds. */
  set interval(seconds: number) {
    const interval = seconds * 1000;
    if (interval === this.states.frequency.interval) {
      return;
    }
    this.states.frequency = { ...this.states.frequency, interval, max: Math.max(interval, LONGEST) };
    if (this.watchers > 0) {
      // What is waited for already is waited for as long as was said before.
      void this.states.refresh();
    }
  }

  /** Which workspace is meant: a fixed one, else that of the notebook in front. */
  point(location: string, notebook: string | null): void {
    if (location === this.client.location && notebook === this.client.notebook) {
      return;
    }
    this.client.location = location;
    this.client.notebook = notebook;
    this.again();
  }

  /** Read everything again. */
  again(): void {
    // What is being read is of before.
    this.generation += 1;
    this.cursor = null;
    if (this.watchers > 0) {
      this.asked?.abort();
      void this.poll.refresh();
    }
  }

  async search(text: string): Promise<void> {
    this.wanted = parseSearch(text);
    this.show({ searched: text.trim() !== '' });
    await this.refresh(['models', 'images', 'services']);
  }

  async refresh(kinds: readonly Kind[]): Promise<void> {
    const generation = this.generation;
    const parts = await Promise.all(kinds.map(kind => this.read(kind)));
    if (generation === this.generation) {
      this.show(Object.assign({}, ...parts) as Partial<Snapshot>);
    }
  }

  async more(kind: 'models' | 'images'): Promise<void> {
    const shown = this.snapshot[kind];
    if (shown.next_offset === null) {
      return;
    }
    if (kind === 'models') {
      const page = await this.client.models(this.wanted, shown.next_offset);
      this.show({ models: joined(this.snapshot.models, page) });
    } else {
      const page = await this.client.images(this.wanted, shown.next_offset);
      this.show({ images: joined(this.snapshot.images, page) });
    }
  }

  /** All versions of a model, for the tree's second level. */
  async loadVersions(name: string): Promise<void> {
    const page = await this.client.versions(name);
    this.show({ versions: new Map(this.snapshot.versions).set(name, page.items) });
  }

  async loadDetail(kind: 'model' | 'image', id: string): Promise<void> {
    const detail = kind === 'model' ? await this.client.model(id) : await this.client.image(id);
    this.show({ details: new Map(this.snapshot.details).set(`${kind}/${id}`, detail) });
  }

  private async read(kind: Kind): Promise<Partial<Snapshot>> {
    switch (kind) {
      case 'models':
        return { models: await this.client.models(this.wanted, 0, Math.max(this.snapshot.models.items.length, 50)) };
      case 'images':
        return { images: await this.client.images(this.wanted, 0, Math.max(this.snapshot.images.items.length, 50)) };
      case 'services':
        return { services: (await this.client.services(this.wanted)).items };
      case 'operations':
        return { operations: (await this.client.operations()).items };
    }
  }

  /** One turn of the long poll. */
  private async follow(): Promise<void> {
    const asking = new AbortController();
    this.asked = asking;
    try {
      if (this.cursor === null) {
        await this.begin();
        return;
      }
      const answer = await this.client.events(this.cursor, WAIT, asking.signal);
      if (asking.signal.aborted) {
        return;
      }
      this.cursor = answer.reset ? null : answer.cursor;
      if (answer.events.length > 0) {
        await this.take(answer.events);
      } else if (this.snapshot.link !== 'live') {
        this.show({ link: 'live', problem: null });
      }
    } catch (reason) {
      if (!asking.signal.aborted) {
        this.fail(asRefusal(reason));
        throw reason;
      }
    }
  }

  private async begin(): Promise<void> {
    this.generation += 1;
    const generation = this.generation;
    const workspace = await this.client.workspace();
    const other = workspace.id !== this.snapshot.workspace?.id;
    const parts = await Promise.all(KINDS.map(kind => this.read(kind)));
    if (generation !== this.generation) {
      return;
    }
    this.cursor = workspace.cursor;
    const forgotten = other ? { versions: new Map(), details: new Map() } : {};
    const read = Object.assign({}, ...parts) as Partial<Snapshot>;
    this.show({ ...read, ...forgotten, workspace, link: 'live', problem: null });
  }

  private async take(events: readonly wire.Event[]): Promise<void> {
    this.happenedSignal.emit(events);
    const subjects = new Set(events.map(event => event.subject));
    const kinds = KINDS.filter(kind => [...subjects].some(subject => subject.startsWith(kind.slice(0, -1) + '/')));
    // An operation's end changes what its subject is.
    if (kinds.includes('operations') && !kinds.includes('services')) {
      kinds.push('services');
    }
    await this.refresh(kinds);
    await Promise.all([...subjects].map(subject => this.renew(subject)));
    if (kinds.includes('images') || kinds.includes('services')) {
      await this.renewDetails();
    }
    if (kinds.some(kind => kind !== 'operations')) {
      this.show({ workspace: await this.client.workspace() });
    }
    this.show({ link: 'live', problem: null });
  }

  /** What was unfolded is read again when it has changed. */
  private async renew(subject: string): Promise<void> {
    const [kind, id] = split(subject);
    const name = id.split(':')[0];
    if (kind === 'model' && this.snapshot.versions.has(name)) {
      await this.loadVersions(name);
    }
  }

  /** What uses what may have changed; what is gone since is forgotten. */
  private async renewDetails(): Promise<void> {
    const keys = [...this.snapshot.details.keys()];
    const read = keys.map(async key => {
      const [kind, id] = split(key);
      try {
        await this.loadDetail(kind === 'model' ? 'model' : 'image', id);
      } catch {
        const details = new Map(this.snapshot.details);
        details.delete(key);
        this.show({ details });
      }
    });
    await Promise.all(read);
  }

  private fail(refusal: Refusal): void {
    this.cursor = null;
    if (refusal.absent) {
      // Nothing is asked of a server that has no answer, until a person says so.
      void this.poll.stop();
      this.show({ link: 'absent', problem: refusal });
    } else {
      this.show({ link: refusal.away ? 'away' : 'live', problem: refusal });
    }
  }

  private show(change: Partial<Snapshot>): void {
    if (!this.disposed) {
      this.current = { ...this.current, ...change };
      this.changedSignal.emit();
    }
  }

  private readonly poll: Poll;
  private readonly states: Poll;
  private readonly changedSignal = new Signal<this, void>(this);
  private readonly happenedSignal = new Signal<this, readonly wire.Event[]>(this);
  private current = NOTHING;
  private wanted: Search = {};
  private cursor: number | null = null;
  private generation = 0;
  private asked: AbortController | null = null;
  private watchers = 0;
  private disposed = false;
}

function joined<T>(before: wire.Page<T>, page: wire.Page<T>): wire.Page<T> {
  return { items: [...before.items, ...page.items], next_offset: page.next_offset };
}

/** `image/score:2` → `image`, `score:2`. */
export function split(subject: string): [string, string] {
  const at = subject.indexOf('/');
  return [subject.slice(0, at), subject.slice(at + 1)];
}
