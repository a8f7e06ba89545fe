import * as React from 'react';
import { cleanup, render, screen } from '@testing-library/react';
import { afterEach, expect, it, vi } from 'vitest';

import { Refusal } from '../client';
import type { Problem, Target } from '../wire';
import { BuildForm } from './build';
import { NO_CONTENT } from './content';
import { DeployForm } from './deploy';
import type { Draft } from './deploy';
import { fieldOf } from './field';
import { BLANK, RegisterForm } from './register';
import type { RegisterProps } from './register';

afterEach(cleanup);

const NO_CHOICE = { models: [], scripts: [], environments: [], images: [] };
const ACTIONS = { onChange: vi.fn(), onGo: vi.fn(), onPlan: vi.fn(), onClose: vi.fn() };
const REST = { names: [], magic: null, busy: false, plan: null, service: null, ...ACTIONS };

function problem(change: Partial<Problem>): Problem {
  return { type: 'UsageError', what: 'is wrong', where: null, hint: null, details: null, ...change };
}

const refused = (change: Partial<Problem>): Refusal => new Refusal(problem(change), 400);

it.each([
  ['body.name', 'name'],
  ['body.models[0]', 'models'],
  ['body.options.workers', 'options.workers'],
  ['body.options.cors_origins[1]', 'options.cors_origins'],
  ['body.options', 'options'],
  ['scripts/score.py', 'entry_script'],
  ['the kernel', null],
  [null, null]
])('finds the field of a problem at %s', (where, field) => {
  expect(fieldOf(problem({ where }), { name: 'x', entry_script: 'scripts/score.py', url: '' })).toBe(field);
});

it('finds the checksum that is not the one of the bytes', () => {
  const sha256 = '0'.repeat(64);
  const found = problem({ what: `the checksum is 12ab, not ${sha256}`, where: 'https://a/b' });
  expect(fieldOf(found, { url: 'https://a/b', sha256 })).toBe('sha256');
});

const TARGET = {
  name: 'process',
  kind: 'process',
  schema: { properties: { workers: { type: 'integer', description: 'how many' }, batch: { type: 'integer', description: 'rows of one `run`' } } }
} as unknown as Target;

function deploying(refusal: Refusal | null, busy = false): JSX.Element {
  const draft: Draft = { ...NO_CONTENT, name: 'web', from: 'model', image: '', target: 'process', description: '', options: {} };
  return <DeployForm {...REST} busy={busy} choices={{ ...NO_CHOICE, targets: [TARGET] }} draft={draft} refusal={refusal} />;
}

it('shows a refused option at its field, unfolded, and goes there', () => {
  const { rerender, container } = render(deploying(null));
  const workers = screen.getByLabelText('workers');
  expect(workers.getAttribute('aria-invalid')).toBeNull();
  screen.getByRole('button', { name: 'Show the plan' }).focus();
  rerender(deploying(null, true));
  rerender(deploying(refused({ where: 'body.options.workers', what: 'many is no number' })));
  expect(document.activeElement).toBe(workers);
  expect(container.querySelector('details')?.open).toBe(true);
  expect(workers.getAttribute('aria-invalid')).toBe('true');
  const alert = screen.getByRole('alert');
  expect(alert.textContent).toBe('many is no number');
  expect(workers.getAttribute('aria-describedby')).toBe(alert.id);
  expect(screen.getByLabelText('batch').getAttribute('aria-invalid')).toBeNull();

  rerender(deploying(null));
  expect(screen.queryByRole('alert')).toBeNull();
  expect(workers.getAttribute('aria-invalid')).toBeNull();
  expect(document.getElementById(workers.getAttribute('aria-describedby') ?? '')?.textContent).toBe('how many');
});

it('shows the code in what a target says of its options', () => {
  render(deploying(null));
  expect(screen.getByText('run').tagName).toBe('CODE');
  expect(screen.getByText(/^rows of one/).textContent).toBe('rows of one run');
});

it('shows above the buttons what is about no field that is there', () => {
  render(deploying(refused({ where: 'body.options', what: "'region' is missing" })));
  const alert = screen.getByRole('alert');
  expect(alert.textContent).toBe("options: 'region' is missing");
  expect(alert.closest('fieldset')).toBeNull();
});

it('shows it in the form of an image too', () => {
  const draft = { ...NO_CONTENT, script: 'file:', entryScript: 'none.py', name: 'x', description: '' };
  render(
    <BuildForm {...REST} choices={NO_CHOICE} draft={draft} refusal={refused({ what: 'no such file', where: 'none.py' })} />
  );
  expect(document.activeElement).toBe(screen.getByLabelText('Path of the entry script'));
  expect(screen.getByRole('alert').textContent).toBe('no such file');
});

function registering(change: Partial<RegisterProps>): JSX.Element {
  return <RegisterForm {...REST} source={{ kind: 'path', path: 'a.bin' }} entry={BLANK} refusal={null} {...change} />;
}

it('shows it in the form of a model', () => {
  render(registering({ entry: { ...BLANK, name: 'a b' }, refusal: refused({ where: 'body.name' }) }));
  expect(document.activeElement).toBe(screen.getByLabelText('Name'));
  expect(screen.getByRole('alert').closest('.jp-mlops-field')).toBe(screen.getByLabelText('Name').closest('.jp-mlops-field'));
});

it('registers no example that it cannot read', () => {
  render(registering({ entry: { ...BLANK, name: 'a', sample: '[1, ' } }));
  expect(screen.getByRole<HTMLButtonElement>('button', { name: 'Register' }).disabled).toBe(true);
});
