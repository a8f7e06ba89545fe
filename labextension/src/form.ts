/** From the schema and the recorded example of a service to a form, and from the form to a request's body. Pure. */

import type { JSONObject, JSONValue } from '@lumino/coreutils';

import type { Signature } from './wire';

export type CellKind = 'number' | 'boolean' | 'text' | 'json';

export interface FormColumn {
  readonly name: string;
  readonly kind: CellKind;
  readonly choices: readonly string[];
  readonly hint: string;
}

/** Rows of columns, under a parameter; `keyed`: each row is an object. */
export interface RowsForm {
  readonly kind: 'rows';
  readonly parameter: string;
  readonly keyed: boolean;
  readonly columns: readonly FormColumn[];
  readonly rows: readonly (readonly JSONValue[])[];
  /** The other parts of the body, as they are. */
  readonly rest: JSONObject;
}

/** One value for each parameter. */
export interface FieldsForm {
  readonly kind: 'fields';
  readonly columns: readonly FormColumn[];
  readonly values: readonly JSONValue[];
}

export type Form = RowsForm | FieldsForm;

interface Schema {
  readonly type?: JSONValue;
  readonly format?: JSONValue;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly enum?: readonly JSONValue[];
  readonly example?: JSONValue;
}

function isObject(value: unknown): value is JSONObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The schema of a request in a service's OpenAPI document; null when it has none. */
export function inputSchema(document: unknown): Schema | null {
  if (!isObject(document) || !isObject(document.components) || !isObject(document.components.schemas)) {
    return null;
  }
  const input = document.components.schemas.ServiceInput;
  return isObject(input) ? (input as Schema) : null;
}

/**
 * The body to begin with: what was recorded for the script; else what the schema gives as an example; else the example
 * of the model, rows under `data` as entry scripts have them, anything else as it is.
 */
export function exampleBody(recorded: string | null, schema: Schema | null, signature: Signature | null): string {
  if (recorded !== null) {
    return pretty(recorded);
  }
  const told = schema?.example;
  if (told !== undefined && !(isObject(told) && Object.keys(told).length === 0)) {
    return compact(told);
  }
  const sample = signature?.example ?? null;
  if (sample === null || exampleBytes(signature) !== null) {
    return '{"data": []}';
  }
  if (signature?.kind === 'value') {
    return typeof sample === 'string' ? sample : compact(sample);
  }
  return compact({ data: sample });
}

/** The example of a model that takes bytes, in base64; null for any other. */
export function exampleBytes(signature: Signature | null): string | null {
  const { kind, dtype, example } = signature ?? {};
  return kind === 'value' && dtype === 'bytes' && typeof example === 'string' ? example : null;
}

/** JSON with one line a row: what a person can read and change. */
export function pretty(text: string): string {
  try {
    return compact(JSON.parse(text) as JSONValue);
  } catch {
    return text;
  }
}

function compact(value: JSONValue, indent = ''): string {
  const flat = spaced(value);
  if (flat.length + indent.length <= 88 || typeof value !== 'object' || value === null) {
    return flat;
  }
  const deeper = `${indent}  `;
  if (Array.isArray(value)) {
    return `[\n${value.map(item => deeper + compact(item, deeper)).join(',\n')}\n${indent}]`;
  }
  const parts = Object.entries(value).map(
    ([key, item]) => `${deeper}${JSON.stringify(key)}: ${compact(item as JSONValue, deeper)}`
  );
  return `{\n${parts.join(',\n')}\n${indent}}`;
}

function spaced(value: JSONValue): string {
  if (Array.isArray(value)) {
    return `[${value.map(spaced).join(', ')}]`;
  }
  if (isObject(value)) {
    const parts = Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}: ${spaced(item as JSONValue)}`);
    return `{${parts.join(', ')}}`;
  }
  return JSON.stringify(value);
}

export { compact as jsonText };

/** The form for a body; null when the body is nothing that a form can show. */
export function formOf(body: string, schema: Schema | null, signature: Signature | null): Form | null {
  let value: JSONValue;
  try {
    value = JSON.parse(body) as JSONValue;
  } catch {
    return null;
  }
  if (!isObject(value)) {
    return null;
  }
  const parameter = Object.keys(value).find(key => isRows(value[key]));
  if (parameter !== undefined) {
    return rowsForm(value, parameter, schema?.properties?.[parameter]?.items ?? null, signature);
  }
  const names = Object.keys(value);
  if (names.length === 0) {
    return null;
  }
  const values = names.map(name => value[name] as JSONValue);
  const columns = names.map((name, index) => column(name, schema?.properties?.[name] ?? null, values[index], ''));
  return { kind: 'fields', columns, values };
}

/** Rows: lists of plain values, or objects of them. */
function isRows(value: JSONValue | undefined): boolean {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.every(row => (Array.isArray(row) ? row.length > 0 && row.every(plain) : isObject(row)))
  );
}

function plain(value: unknown): boolean {
  return typeof value !== 'object' || value === null;
}

function rowsForm(body: JSONObject, parameter: string, items: Schema | null, signature: Signature | null): RowsForm {
  const rows = body[parameter] as (JSONValue[] | JSONObject)[];
  const rest = Object.fromEntries(Object.entries(body).filter(([key]) => key !== parameter)) as JSONObject;
  const keyed = !Array.isArray(rows[0]);
  if (keyed) {
    const names = [...new Set(rows.flatMap(row => Object.keys(row)))];
    const values = rows.map(row => names.map(name => ((row as JSONObject)[name] ?? null) as JSONValue));
    const columns = names.map((name, index) => {
      const declared = signature?.columns?.find(each => each.name === name);
      const choices = declared?.categories?.map(String);
      return column(name, items?.properties?.[name] ?? null, values[0][index], declared?.dtype ?? '', choices);
    });
    return { kind: 'rows', parameter, keyed, columns, rows: values, rest };
  }
  const values = rows as JSONValue[][];
  const width = Math.max(...values.map(row => row.length));
  const columns = Array.from({ length: width }, (_, index) => {
    const declared = signature?.columns?.[index];
    const name = declared?.name ?? String(index);
    return column(name, items?.items ?? null, values[0][index] ?? null, declared?.dtype ?? signature?.dtype ?? '');
  });
  return { kind: 'rows', parameter, keyed, columns, rows: values, rest };
}

function column(
  name: string,
  schema: Schema | null,
  sample: JSONValue,
  dtype: string,
  choices: readonly string[] = []
): FormColumn {
  const declared = typeof schema?.type === 'string' ? schema.type : '';
  const listed = schema?.enum?.map(String) ?? choices;
  return { name, kind: kindOf(declared, sample), choices: listed, hint: dtype || declared };
}

function kindOf(declared: string, sample: JSONValue): CellKind {
  if (typeof sample === 'object' && sample !== null) {
    return 'json';
  }
  if (declared === 'integer' || declared === 'number' || typeof sample === 'number') {
    return 'number';
  }
  if (declared === 'boolean' || typeof sample === 'boolean') {
    return 'boolean';
  }
  return 'text';
}

/** What stands in an input for a value. */
export function shown(value: JSONValue): string {
  return typeof value === 'string' ? value : value === null ? '' : JSON.stringify(value);
}

/** What was typed, as the column wants it; text that is no number stays text, and the service says what it wants. */
export function typed(text: string, kind: CellKind): JSONValue {
  if (kind === 'text') {
    return text;
  }
  if (text.trim() === '') {
    return null;
  }
  if (kind === 'boolean') {
    return text === 'true';
  }
  try {
    return JSON.parse(text) as JSONValue;
  } catch {
    return text;
  }
}

export function bodyOf(form: Form): JSONValue {
  if (form.kind === 'fields') {
    return Object.fromEntries(form.columns.map((each, index) => [each.name, form.values[index]]));
  }
  const rows = form.rows.map(row =>
    form.keyed ? Object.fromEntries(form.columns.map((each, index) => [each.name, row[index]])) : [...row]
  );
  return { [form.parameter]: rows, ...form.rest };
}

/** An answer as a table: its head and its rows; null when it is none. */
export interface Grid {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly JSONValue[])[];
}

export function gridOf(answer: JSONValue): Grid | null {
  if (Array.isArray(answer) && answer.length > 0) {
    return gridOfList(answer);
  }
  if (isObject(answer)) {
    const entries = Object.entries(answer) as [string, JSONValue][];
    const lists = entries.filter(([, value]) => Array.isArray(value)) as [string, JSONValue[]][];
    if (entries.length === 1 && lists.length === 1) {
      return gridOf(lists[0][1]);
    }
    const length = lists[0]?.[1].length ?? 0;
    if (length > 0 && lists.length === entries.length && lists.every(([, list]) => list.length === length)) {
      const rows = Array.from({ length }, (_, index) => lists.map(([, list]) => list[index]));
      return { columns: lists.map(([name]) => name), rows };
    }
    if (entries.length > 0 && entries.every(([, value]) => plain(value))) {
      return { columns: entries.map(([name]) => name), rows: [entries.map(([, value]) => value)] };
    }
  }
  return null;
}

function gridOfList(list: readonly JSONValue[]): Grid | null {
  if (list.every(isObject)) {
    const columns = [...new Set(list.flatMap(row => Object.keys(row)))];
    return { columns, rows: list.map(row => columns.map(name => ((row as JSONObject)[name] ?? null) as JSONValue)) };
  }
  if (list.every(row => Array.isArray(row))) {
    const rows = list as JSONValue[][];
    const width = Math.max(...rows.map(row => row.length));
    return { columns: Array.from({ length: width }, (_, index) => String(index)), rows };
  }
  return list.every(plain) ? { columns: ['result'], rows: list.map(value => [value]) } : null;
}
