import { ServerConnection } from '@jupyterlab/services';
import { afterEach, describe, expect, it, vi } from 'vitest';

import { Client, Refusal, fullText, line } from './client';
import { WorkspaceModel } from './model';

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Headers;
}

type Answers = Record<string, (asked: Asked) => unknown>;

/** A Jupyter server under a prefix, as a table of answers; the questions are kept. */
function server(answers: Answers): { client: Client; asked: Asked[] } {
  const asked: Asked[] = [];
  const answer = async (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    const request = new Request(input, init);
    const url = new URL(request.url);
    const path = url.pathname.replace('/hub/user/ada/jupyter-mlops/', '');
    const one = { method: request.method, path, query: url.searchParams, headers: request.headers };
    asked.push(one);
    const make = answers[path];
    if (make === undefined) {
      return new Response('<html>', { status: 404 });
    }
    const made = await make(one);
    return made instanceof Response ? made : new Response(JSON.stringify(made));
  };
  const settings = ServerConnection.makeSettings({ baseUrl: 'http://localhost/hub/user/ada/', fetch: answer });
  return { client: new Client(settings), asked };
}

const WORKSPACE = {
  name: 'team',
  id: 'w1',
  location: '/w',
  chosen_by: 'the user',
  cursor: 7,
  counts: { models: 1, images: 0, services: 0, operations: 0 },
  server: { version: '1', python: '3.11', interpreter: '/p', host: 'h' }
};

function listing(events: Answers = {}): Answers {
  return {
    workspace: () => WORKSPACE,
    models: asked => ({ items: [{ id: `m:${asked.query.get('offset')}`, name: 'm', version: 1 }], next_offset: 50 }),
    images: () => ({ items: [], next_offset: null }),
    services: () => ({ items: [] }),
    operations: () => ({ items: [] }),
    events: () => new Promise(() => {}),
    ...events
  };
}

afterEach(() => {
  vi.useRealTimers();
});

describe('the client', () => {
  it('names the workspace in a header, for it may hold a password', async () => {
    const { client, asked } = server(listing());
    client.location = 'postgresql://ada:s3cret@db/mlops';
    await client.workspace();
    expect(decodeURIComponent(asked[0].headers.get('X-Jupyter-Mlops-Workspace') ?? '')).toBe(client.location);
    expect(asked[0].query.toString()).not.toContain('s3cret');
  });

  it('else names the notebook in front', async () => {
    const { client, asked } = server(listing());
    client.notebook = 'work/train.ipynb';
    await client.models({ q: 'dia', tags: ['a', 'b=c'], framework: 'Onnx' });
    expect(asked[0].query.get('notebook')).toBe('work/train.ipynb');
    expect(asked[0].query.getAll('tag')).toEqual(['a', 'b=c']);
    expect(asked[0].query.get('framework')).toBe('Onnx');
  });

  it('raises what the server says, whole', async () => {
    const problem = { type: 'InUseError', what: 'in use', where: 'model a:1', hint: 'delete image b:1', details: 'more' };
    const { client } = server({ 'models/a/1': () => new Response(JSON.stringify(problem), { status: 409 }) });
    const refusal = await client.remove('model', 'a:1').catch((reason: unknown) => reason);
    expect(refusal).toBeInstanceOf(Refusal);
    expect(line((refusal as Refusal).problem)).toBe('model a:1: in use; delete image b:1');
    expect(fullText((refusal as Refusal).problem)).toContain('more');
  });

  it('knows a server without the extension', async () => {
    const refusal = await server({}).client.workspace().catch((reason: unknown) => reason as Refusal);
    expect((refusal as Refusal).absent).toBe(true);
  });
});

describe('the model', () => {
  it('reads all once, then only asks for events', async () => {
    const { client, asked } = server(listing());
    const model = new WorkspaceModel(client);
    const looking = model.watch();
    await vi.waitFor(() => expect(asked.some(one => one.path === 'events')).toBe(true));
    expect(model.snapshot.link).toBe('live');
    expect(model.snapshot.workspace?.name).toBe('team');
    expect(asked.filter(one => one.path === 'models')).toHaveLength(1);
    expect(asked.find(one => one.path === 'events')?.query.get('since')).toBe('7');
    looking.dispose();
    model.dispose();
  });

  it('asks nothing while nobody looks', async () => {
    const { client, asked } = server(listing());
    const model = new WorkspaceModel(client);
    model.point('', 'a.ipynb');
    await new Promise(resolve => setTimeout(resolve, 20));
    expect(asked).toEqual([]);
    model.dispose();
  });

  it('goes on to the next page', async () => {
    const { client } = server(listing());
    const model = new WorkspaceModel(client);
    const looking = model.watch();
    await vi.waitFor(() => expect(model.snapshot.link).toBe('live'));
    await model.more('models');
    expect(model.snapshot.models.items.map(item => item.id)).toEqual(['m:0', 'm:50']);
    looking.dispose();
    model.dispose();
  });

  it('reads again what an event names', async () => {
    let told = false;
    const event = { number: 8, time: '', subject: 'service/glucose', kind: 'updated', message: '', data: {} };
    const { client, asked } = server(
      listing({
        events: () => {
          if (told) {
            return new Promise(() => {});
          }
          told = true;
          return { events: [event], cursor: 8, reset: false };
        }
      })
    );
    const model = new WorkspaceModel(client);
    const looking = model.watch();
    await vi.waitFor(() => expect(asked.filter(one => one.path === 'services')).toHaveLength(2));
    expect(asked.filter(one => one.path === 'models')).toHaveLength(1);
    looking.dispose();
    model.dispose();
  });

  it('asks a server without the extension once, and again when it is told to', async () => {
    const { client, asked } = server({});
    const model = new WorkspaceModel(client);
    const looking = model.watch();
    await vi.waitFor(() => expect(model.snapshot.link).toBe('absent'));
    await new Promise(resolve => setTimeout(resolve, 400));
    expect(asked).toHaveLength(1);
    model.again();
    await vi.waitFor(() => expect(asked).toHaveLength(2));
    looking.dispose();
    model.dispose();
  });

  it('says that the server is away, and keeps what it showed', async () => {
    let away = false;
    const { client } = server(
      listing({
        events: () => {
          away = true;
          throw new TypeError('network');
        },
        workspace: () => {
          if (away) {
            throw new TypeError('network');
          }
          return WORKSPACE;
        }
      })
    );
    const model = new WorkspaceModel(client);
    const looking = model.watch();
    await vi.waitFor(() => expect(model.snapshot.link).toBe('away'));
    expect(model.snapshot.models.items).toHaveLength(1);
    looking.dispose();
    model.dispose();
  });
});

it('asks for states as often as the settings say, from the moment that they say it', async () => {
  vi.useFakeTimers();
  const { client, asked } = server(listing({ services: () => ({ items: [{ name: 'web' }] }) }));
  const model = new WorkspaceModel(client);
  const times = (): number => asked.filter(each => each.path === 'services').length;
  model.interval = 3600;
  const watching = model.watch();
  await vi.advanceTimersByTimeAsync(1000);
  const before = times();
  await vi.advanceTimersByTimeAsync(600_000);
  expect(times()).toBe(before);
  model.interval = 2;
  await vi.advanceTimersByTimeAsync(9000);
  expect(times() - before).toBeGreaterThanOrEqual(4);
  watching.dispose();
  model.interval = 3;
  const after = times();
  await vi.advanceTimersByTimeAsync(9000);
  expect(times()).toBe(after);
  model.dispose();
});
