import { describe, expect, it } from 'vitest';

import type { JSONValue } from '@lumino/coreutils';
import { bodyOf, exampleBody, exampleBytes, formOf, gridOf, inputSchema, jsonText, typed } from './form';
import type { RowsForm } from './form';
import type { Signature } from './wire';

describe('formOf', () => {
  it('makes columns of records, named and typed as the signature says', () => {
    const form = formOf('{"data": [{"age": 41, "smoker": true, "city": "Graz"}]}', null, {
      columns: [{ name: 'city', dtype: 'category', categories: ['Graz', 'Linz'] }]
    }) as RowsForm;
    expect(form.columns.map(column => [column.name, column.kind])).toEqual([
      ['age', 'number'],
      ['smoker', 'boolean'],
      ['city', 'text']
    ]);
    expect(form.columns[2].choices).toEqual(['Graz', 'Linz']);
    expect(bodyOf(form)).toEqual({ data: [{ age: 41, smoker: true, city: 'Graz' }] });
  });

  it('makes columns of lists, and keeps the other parts of the body', () => {
    const form = formOf('{"data": [[1, 2], [3, 4]], "method": "predict"}', null, null) as RowsForm;
    expect(form.columns.map(column => column.name)).toEqual(['0', '1']);
    expect(bodyOf({ ...form, rows: [[1, 9]] })).toEqual({ data: [[1, 9]], method: 'predict' });
  });

  it('takes the types of the schema where the example leaves them open', () => {
    const items = { properties: { age: { type: 'integer' } } };
    const form = formOf('{"data": [{"age": null}]}', { properties: { data: { items } } }, null) as RowsForm;
    expect(form.columns[0].kind).toBe('number');
  });

  it('makes a field for each parameter when there are no rows', () => {
    const form = formOf('{"text": "a", "limit": 3}', null, null);
    expect(form).toMatchObject({ kind: 'fields', values: ['a', 3] });
  });

  it.each(['[1, 2]', 'no JSON', '{}', '"text"'])('gives %s back to the raw mode', body => {
    expect(formOf(body, null, null)).toBeNull();
  });
});

describe('typed', () => {
  it('reads numbers, and leaves what is none to the service', () => {
    expect(typed('1e3', 'number')).toBe(1000);
    expect(typed('many', 'number')).toBe('many');
    expect(typed('', 'number')).toBeNull();
    expect(typed('12', 'text')).toBe('12');
  });
});

describe('gridOf', () => {
  it.each([
    [[1, 2], { columns: ['result'], rows: [[1], [2]] }],
    [{ result: [0.5] }, { columns: ['result'], rows: [[0.5]] }],
    [[{ a: 1 }, { b: 2 }], { columns: ['a', 'b'], rows: [[1, null], [null, 2]] }],
    [{ label: ['x', 'y'], p: [0.1, 0.9] }, { columns: ['label', 'p'], rows: [['x', 0.1], ['y', 0.9]] }],
    [{ ok: true }, { columns: ['ok'], rows: [[true]] }]
  ])('shows %j as a table', (answer, grid) => {
    expect(gridOf(answer as JSONValue)).toEqual(grid);
  });

  it.each([['text'], [[]], [{ a: { b: 1 } }], [null]])('leaves %j as JSON', answer => {
    expect(gridOf(answer)).toBeNull();
  });
});

it('takes the example of the schema when none was recorded', () => {
  const schema = inputSchema({ components: { schemas: { ServiceInput: { type: 'object', example: { data: [[1]] } } } } });
  expect(exampleBody(null, schema, null)).toBe('{"data": [[1]]}');
  expect(exampleBody('{"data":[[2]]}', schema, null)).toBe('{"data": [[2]]}');
});

describe('a script that says nothing of its input', () => {
  const schema = inputSchema({ components: { schemas: { ServiceInput: { type: 'object', example: {} } } } });
  it.each<[Signature, string]>([
    [{ kind: 'frame', example: [{ age: 41 }] }, '{"data": [{"age": 41}]}'],
    [{ kind: 'array', example: [[1, 2]] }, '{"data": [[1, 2]]}'],
    [{ kind: 'value', example: { text: 'a', limit: 3 } }, '{"text": "a", "limit": 3}'],
    [{ kind: 'value', example: [1, 2] }, '[1, 2]'],
    [{ kind: 'value', example: 'as it is' }, 'as it is'],
    [{ kind: 'array', example: null }, '{"data": []}']
  ])('is asked with the example of its model: %j', (signature, body) => {
    expect(exampleBody(null, schema, signature)).toBe(body);
    expect(exampleBytes(signature)).toBeNull();
  });

  it('is asked with the bytes of an example that is bytes', () => {
    expect(exampleBytes({ kind: 'value', dtype: 'bytes', example: 'AQID' })).toBe('AQID');
  });
});

it('writes a line for each row that is too long for one', () => {
  const row = Array.from({ length: 20 }, (_, index) => index);
  expect(jsonText({ data: [row, row] }).split('\n')).toHaveLength(6);
  expect(JSON.parse(jsonText({ data: [row, row] }))).toEqual({ data: [row, row] });
});
