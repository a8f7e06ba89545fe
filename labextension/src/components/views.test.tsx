import * as React from 'react';
import { cleanup, fireEvent, render, screen, within } from '@testing-library/react';
import { afterEach, describe, expect, it, vi } from 'vitest';

import type { Model, Operation, OptionSchema, Service } from '../wire';
import { optionsOf, requestOf } from './deploy';
import type { Draft } from './deploy';
import { marks } from './operation';
import { Badge, Behind } from './parts';
import { path, ticks } from './plots';
import { byName, Models, Operations, Services } from './sections';
import { Tree } from './tree';
import type { Snapshot } from '../model';

afterEach(cleanup);

const SERVICE: Service = {
  name: 'glucose',
  state: 'Failed',
  live: true,
  error: 'init() raised KeyError',
  details: null,
  differs: null,
  scoring_uri: null,
  swagger_uri: null,
  revision: 1,
  image: 'glucose:1',
  models: ['diabetes:1'],
  behind: [{ model: 'diabetes:1', newest: 'diabetes:3', versions: 2 }],
  target: 'process',
  host: 'here',
  auth_enabled: true,
  description: null,
  tags: {},
  properties: {},
  operation: null,
  created: '2026-01-01T00:00:00Z',
  created_by: 'ada',
  updated: '2026-01-01T00:00:00Z'
};

const OPERATION: Operation = {
  id: '5f3a9c',
  kind: 'deploy',
  subject: 'service/glucose',
  state: 'Running',
  stages: ['freeze', 'prepare', 'start'],
  stage: 'prepare',
  progress: 0.5,
  result: {},
  error: null,
  user: 'ada',
  host: 'here',
  created: '2026-01-01T00:00:00Z',
  started: '2026-01-01T00:00:00Z',
  finished: null
};

const MODEL: Model = {
  id: 'diabetes:1',
  name: 'diabetes',
  version: 1,
  version_tag: null,
  flavor: 'sklearn',
  framework: 'ScikitLearn',
  framework_version: '1.9.1',
  description: null,
  size: 633,
  digest: 'd',
  tags: {},
  properties: {},
  signature: null,
  requirements: [],
  provenance: {},
  created: '2026-01-01T00:00:00Z',
  created_by: 'ada'
};

function snapshot(change: Partial<Snapshot>): Snapshot {
  return {
    link: 'live',
    problem: null,
    workspace: {
      name: 'team',
      id: '1',
      location: '/w',
      chosen_by: 'the user',
      cursor: 0,
      counts: { models: 0, images: 0, services: 0, operations: 0 },
      server: { version: '1', python: '3.11', interpreter: '/p', host: 'here' }
    },
    searched: false,
    models: { items: [], next_offset: null },
    versions: new Map(),
    details: new Map(),
    images: { items: [], next_offset: null },
    services: [],
    operations: [],
    ...change
  };
}

const ACTIONS = { onVersions: vi.fn(), onDetail: vi.fn(), onMore: vi.fn(), onMenu: vi.fn() };

it('says why under the pointer', () => {
  render(<Badge state="Failed" reason="init() raised KeyError" />);
  expect(screen.getByTitle('Failed: init() raised KeyError').textContent).toContain('Failed');
});

it('counts how far a service is behind', () => {
  render(<Behind service={SERVICE} />);
  expect(screen.getByText('behind by 2 versions').title).toBe('runs diabetes:1; the newest is diabetes:3');
});

describe('the sections', () => {
  it('say what to do first', () => {
    render(<Services {...ACTIONS} snapshot={snapshot({})} />);
    expect(screen.getByText(/Register a model first/)).toBeTruthy();
  });

  it('tell nothing found from nothing there', () => {
    render(<Services {...ACTIONS} snapshot={snapshot({ searched: true })} />);
    expect(screen.getByText('No service is found.')).toBeTruthy();
  });

  it('show state and stage', () => {
    render(<Services {...ACTIONS} snapshot={snapshot({ services: [SERVICE] })} />);
    expect(screen.getByRole('treeitem', { name: 'service glucose, Failed, behind' })).toBeTruthy();
    cleanup();
    render(<Operations {...ACTIONS} snapshot={snapshot({ operations: [OPERATION] })} />);
    expect(within(screen.getByRole('treeitem')).getByText('prepare')).toBeTruthy();
  });

  it('show a model and an image of another version beside the others', () => {
    const error = 'model net:2: another version of jupyter_mlops wrote it; upgrade this one';
    const unread: Model = { ...MODEL, id: 'net:2', name: 'net', version: 2, framework: null, provenance: {}, error };
    render(<Models {...ACTIONS} snapshot={snapshot({ models: { items: [unread, MODEL], next_offset: null } })} />);
    const row = screen.getByRole('treeitem', { name: 'model net, newest version 2' });
    expect(within(row).getByText('not readable').title).toBe(error);
    expect(screen.getByText('ScikitLearn')).toBeTruthy();
    fireEvent.keyDown(row, { key: 'ArrowRight' });
    fireEvent.keyDown(row, { key: 'ArrowRight' });
    fireEvent.keyDown(screen.getByRole('treeitem', { name: 'model net version 2' }), { key: 'ArrowRight' });
    expect(screen.getByText(error)).toBeTruthy();
    expect(ACTIONS.onDetail).not.toHaveBeenCalled();
  });

  it('open the menu of a row', () => {
    render(<Services {...ACTIONS} snapshot={snapshot({ services: [SERVICE] })} />);
    fireEvent.contextMenu(screen.getByText('glucose'), { clientX: 3, clientY: 4 });
    expect(ACTIONS.onMenu).toHaveBeenCalledWith('service/glucose', 3, 4);
  });
});

it('walks a tree by the keyboard', () => {
  const opened = vi.fn();
  const leaf = { id: 'b', label: 'leaf', content: 'leaf', unfolds: false, onOpen: opened };
  const root = { id: 'a', label: 'root', content: 'root', unfolds: true, below: [leaf] };
  render(<Tree label="things" rows={[root]} />);
  const item = screen.getByRole('treeitem', { name: 'root' });
  item.focus();
  fireEvent.keyDown(item, { key: 'ArrowRight' });
  expect(item.getAttribute('aria-expanded')).toBe('true');
  fireEvent.keyDown(item, { key: 'ArrowDown' });
  const child = screen.getByRole('treeitem', { name: 'leaf' });
  expect(document.activeElement).toBe(child);
  fireEvent.keyDown(child, { key: 'Enter' });
  expect(opened).toHaveBeenCalledOnce();
  fireEvent.keyDown(child, { key: 'ArrowLeft' });
  expect(document.activeElement).toBe(item);
});

it('knows which stage is done, which is next', () => {
  expect(marks(OPERATION).map(([, mark]) => mark)).toEqual(['done', 'now', 'next']);
  expect(marks({ ...OPERATION, state: 'Failed' }).map(([, mark]) => mark)).toEqual(['done', 'failed', 'next']);
  expect(marks({ ...OPERATION, state: 'Succeeded' }).map(([, mark]) => mark)).toEqual(['done', 'done', 'done']);
});

describe('a deployment', () => {
  const schema: OptionSchema = {
    properties: {
      workers: { type: ['integer', 'null'] },
      cors_origins: { type: 'array', items: { type: 'string' } },
      environment_variables: { type: 'object' },
      auth_enabled: { type: ['boolean', 'null'] }
    }
  };
  const draft: Draft = {
    name: 'glucose',
    from: 'model',
    models: ['diabetes:1'],
    image: '',
    script: '',
    entryScript: '',
    environment: '',
    condaFile: '',
    target: 'process',
    description: '',
    options: { workers: '2', auth_enabled: '' }
  };

  it('names what was chosen, and leaves the rest to the target', () => {
    expect(requestOf(draft, schema, 'process')).toEqual({
      name: 'glucose',
      models: ['diabetes:1'],
      options: { workers: 2 }
    });
    expect(requestOf({ ...draft, from: 'image', image: 'glucose:1', options: {} }, schema)).toEqual({
      name: 'glucose',
      image: 'glucose:1',
      target: 'process'
    });
  });

  it('reads options as the schema of the target has them', () => {
    const texts = { cors_origins: 'http://a http://b', environment_variables: 'A=1\nB=x=y', auth_enabled: 'false' };
    expect(optionsOf(texts, schema)).toEqual({
      cors_origins: ['http://a', 'http://b'],
      environment_variables: { A: '1', B: 'x=y' },
      auth_enabled: false
    });
  });
});

describe('a plot', () => {
  it.each([
    [0, [0, 1]],
    [7, [0, 5, 10]],
    [0.9, [0, 0.5, 1]],
    [1200, [0, 500, 1000, 1500]]
  ])('has round marks up to %d', (highest, marks) => {
    expect(ticks(highest)).toEqual(marks);
  });

  it('breaks its line where nothing was measured', () => {
    expect(path([[0, 1], null, [2, 3], [4, 5]])).toBe('M0.0 1.0M2.0 3.0L4.0 5.0');
  });
});

it('groups images by name, newest first', () => {
  const image = (id: string) => ({ id, name: id.split(':')[0] }) as unknown as Parameters<typeof byName>[0][number];
  expect([...byName([image('b:2'), image('a:1'), image('b:1')]).keys()]).toEqual(['b', 'a']);
});

