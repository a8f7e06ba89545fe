/**
 * The one place that talks to the Jupyter server. Every call names the workspace; every failure is a `Refusal`.
 */

import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';
import { nullTranslator } from '@jupyterlab/translation';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { JSONValue } from '@lumino/coreutils';

import type * as wire from './wire';

/** Why a call failed: the server's own words, or that it was not reached. */
export class Refusal extends Error {
  constructor(
    readonly problem: wire.Problem,
    readonly status: number
  ) {
    super(line(problem));
    this.name = problem.type;
  }

  /** The server answered, but knows no `/jupyter-mlops`. */
  get absent(): boolean {
    return this.problem.type === 'Absent';
  }

  /** The server did not answer. */
  get away(): boolean {
    return this.problem.type === 'Away';
  }
}

/** A problem in one line: `where: what; hint`. */
export function line(problem: wire.Problem): string {
  const where = problem.where ? `${problem.where}: ` : '';
  const hint = problem.hint ? `; ${problem.hint}` : '';
  return `${where}${problem.what}${hint}`;
}

/** All of a problem, as text. */
export function fullText(problem: wire.Problem): string {
  return [line(problem), problem.details ?? ''].filter(text => text !== '').join('\n\n');
}

export function asRefusal(reason: unknown): Refusal {
  if (reason instanceof Refusal) {
    return reason;
  }
  const what = reason instanceof Error ? reason.message : String(reason);
  return new Refusal(problem('Error', what), 0);
}

function problem(type: string, what: string, hint: string | null = null): wire.Problem {
  return { type, what, hint, where: null, details: null };
}

export interface Search {
  readonly q?: string;
  readonly tags?: readonly string[];
  readonly framework?: string;
}

type Query = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

interface Call {
  readonly method?: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly query?: Query;
  readonly body?: unknown;
  readonly signal?: AbortSignal;
}

function queryString(query: Query): string {
  const made = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    if (Array.isArray(value)) {
      value.forEach(item => made.append(key, String(item)));
    } else if (value !== undefined && value !== '' && value !== false) {
      made.append(key, String(value));
    }
  }
  const text = made.toString();
  return text === '' ? '' : `?${text}`;
}

const part = encodeURIComponent;

function versioned(kind: 'models' | 'images', id: string): string {
  const at = id.lastIndexOf(':');
  return `${kind}/${part(id.slice(0, at))}/${part(id.slice(at + 1))}`;
}

export class Client {
  constructor(
    private readonly settings: ServerConnection.ISettings,
    private readonly trans: TranslationBundle = nullTranslator.load('jupyter_mlops')
  ) {}

  /** A folder or URL that is always meant; empty: that of the notebook in front. */
  location = '';
  /** The notebook in front, as the file browser has it. */
  notebook: string | null = null;

  workspace(): Promise<wire.Workspace> {
    return this.call('workspace');
  }

  workspaces(): Promise<{ items: readonly { readonly name: string; readonly location: string }[] }> {
    return this.call('workspaces');
  }

  models(search: Search, offset = 0, limit = 50): Promise<wire.Page<wire.Model>> {
    const query = { q: search.q, tag: search.tags, framework: search.framework, latest: true, offset, limit };
    return this.call('models', { query });
  }

  versions(name: string, limit = 100): Promise<wire.Page<wire.Model>> {
    return this.call('models', { query: { name, limit } });
  }

  model(id: string): Promise<wire.ModelDetail> {
    return this.call(versioned('models', id));
  }

  register(request: wire.RegisterRequest): Promise<wire.Begun> {
    return this.call('models', { method: 'POST', body: { ...request, background: true } });
  }

  build(request: wire.BuildRequest): Promise<wire.Begun> {
    return this.call('images', { method: 'POST', body: request });
  }

  images(search: Search, offset = 0, limit = 50): Promise<wire.Page<wire.Image>> {
    return this.call('images', { query: { q: search.q, tag: search.tags, offset, limit } });
  }

  image(id: string): Promise<wire.ImageDetail> {
    return this.call(versioned('images', id));
  }

  remove(kind: 'model' | 'image', id: string): Promise<{ deleted: string }> {
    return this.call(versioned(`${kind}s`, id), { method: 'DELETE' });
  }

  scripts(): Promise<wire.Page<wire.Script>> {
    return this.call('scripts', { query: { limit: 200 } });
  }

  environments(): Promise<{ items: readonly string[] }> {
    return this.call('environments');
  }

  services(search: Search): Promise<{ items: readonly wire.Service[] }> {
    return this.call('services', { query: { q: search.q, tag: search.tags } });
  }

  service(name: string): Promise<wire.ServiceDetail> {
    return this.call(`services/${part(name)}`);
  }

  plan(request: wire.DeployRequest): Promise<wire.Plan> {
    return this.call('plan', { method: 'POST', body: request });
  }

  deploy(request: wire.DeployRequest): Promise<wire.Begun> {
    return this.call('services', { method: 'POST', body: request });
  }

  update(name: string, request: wire.UpdateRequest): Promise<wire.Begun> {
    return this.call(`services/${part(name)}/update`, { method: 'POST', body: request });
  }

  rollBack(name: string, revision: number): Promise<wire.Begun> {
    return this.call(`services/${part(name)}/roll-back`, { method: 'POST', body: { revision } });
  }

  start(name: string): Promise<wire.ServiceDetail> {
    return this.call(`services/${part(name)}/start`, { method: 'POST', body: {} });
  }

  /** The script as it is now, into the service as it runs. */
  reload(
    name: string,
    request: { readonly interpreter?: string; readonly notebook?: string }
  ): Promise<wire.ServiceDetail & { readonly notices: readonly string[] }> {
    return this.call(`services/${part(name)}/reload`, { method: 'POST', body: request });
  }

  /** What a kernel's environment is, beside the server's. */
  kernel(interpreter: string): Promise<wire.KernelAnswer> {
    return this.call('kernel', { method: 'POST', body: { interpreter } });
  }

  removeService(name: string, images: boolean): Promise<wire.Begun> {
    return this.call(`services/${part(name)}`, { method: 'DELETE', query: { delete_image: images } });
  }

  keys(name: string): Promise<wire.Keys> {
    return this.call(`services/${part(name)}/keys`, { method: 'POST', body: {} });
  }

  regenerate(name: string, key: 'primary' | 'secondary'): Promise<wire.Keys> {
    return this.call(`services/${part(name)}/keys/regenerate`, { method: 'POST', body: { key } });
  }

  logs(name: string, cursor?: string, lines = 1000): Promise<wire.Logs> {
    return this.call(`services/${part(name)}/logs`, { query: { cursor, lines } });
  }

  metrics(name: string, window: number): Promise<wire.Metrics> {
    return this.call(`services/${part(name)}/metrics`, { query: { window } });
  }

  test(name: string, request: wire.TestRequest): Promise<wire.TestAnswer> {
    return this.call(`services/${part(name)}/test`, { method: 'POST', body: request });
  }

  swagger(name: string): Promise<JSONValue> {
    return this.call(`services/${part(name)}/swagger`);
  }

  operations(): Promise<{ items: readonly wire.Operation[] }> {
    return this.call('operations', { query: { limit: 30 } });
  }

  operation(id: string, since = 0): Promise<wire.OperationDetail> {
    return this.call(`operations/${part(id)}`, { query: { since } });
  }

  cancel(id: string): Promise<wire.Operation> {
    return this.call(`operations/${part(id)}/cancel`, { method: 'POST', body: {} });
  }

  targets(): Promise<{ items: readonly wire.Target[] }> {
    return this.call('targets');
  }

  lineage(all: boolean): Promise<wire.Lineage> {
    return this.call('lineage', { query: { all } });
  }

  events(since: number, wait: number, signal: AbortSignal): Promise<wire.Events> {
    return this.call('events', { query: { since, wait }, signal });
  }

  async magic(
    verb: string,
    names: readonly string[],
    options: Readonly<Record<string, wire.MagicOption | undefined>> = {}
  ): Promise<string> {
    const body = { verb, arguments: names, options };
    const answer = await this.call<{ magic: string }>('magic', { method: 'POST', body });
    return answer.magic;
  }

  private async call<T>(path: string, call: Call = {}): Promise<T> {
    const where = this.location === '' && this.notebook !== null ? { notebook: this.notebook } : {};
    const url = URLExt.join(this.settings.baseUrl, 'jupyter-mlops', path) + queryString({ ...call.query, ...where });
    const headers: Record<string, string> = {};
    if (this.location !== '') {
      headers['X-Jupyter-Mlops-Workspace'] = encodeURIComponent(this.location);
    }
    const init: RequestInit = { method: call.method ?? 'GET', headers, signal: call.signal };
    if (call.body !== undefined) {
      headers['Content-Type'] = 'application/json';
      init.body = JSON.stringify(call.body);
    }
    return (await this.answer(url, init)) as T;
  }

  private async answer(url: string, init: RequestInit): Promise<unknown> {
    let response: Response;
    try {
      response = await ServerConnection.makeRequest(url, init, this.settings);
    } catch (reason) {
      if (init.signal?.aborted === true) {
        throw reason;
      }
      throw new Refusal(problem('Away', this.trans.__('the Jupyter server does not answer')), 0);
    }
    const text = await response.text();
    const answer = parsed(text);
    if (response.ok) {
      return answer;
    }
    if (isProblem(answer)) {
      throw new Refusal(answer, response.status);
    }
    if (response.status === 404) {
      const hint = 'jupyter server extension enable jupyter_mlops.serverextension';
      throw new Refusal(problem('Absent', this.trans.__('the server extension of jupyter_mlops is off'), hint), 404);
    }
    throw new Refusal(problem('Error', this.trans.__('the Jupyter server answered %1', response.status)), response.status);
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function isProblem(answer: unknown): answer is wire.Problem {
  return typeof answer === 'object' && answer !== null && 'what' in answer && 'type' in answer;
}
