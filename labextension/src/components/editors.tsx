/** The cells of the request form. */

import * as React from 'react';

import type { JSONValue } from '@lumino/coreutils';

import { shown, typed } from '../form';
import type { Form, FormColumn, RowsForm } from '../form';
import { useTrans } from './parts';

function Cell(props: {
  column: FormColumn;
  label: string;
  value: JSONValue;
  onChange: (value: JSONValue) => void;
}): JSX.Element {
  const { column, value, onChange } = props;
  const said = shown(value);
  const [text, setText] = React.useState(said);
  React.useEffect(() => setText(said), [said]);
  if (column.choices.length > 0 || column.kind === 'boolean') {
    const choices = column.choices.length > 0 ? column.choices : ['true', 'false'];
    return (
      <select aria-label={props.label} value={said} onChange={event => onChange(typed(event.target.value, column.kind))}>
        {choices.includes(said) ? null : <option value={said}>{said}</option>}
        {choices.map(choice => (
          <option key={choice} value={choice}>
            {choice}
          </option>
        ))}
      </select>
    );
  }
  return (
    <input
      aria-label={props.label}
      data-kind={column.kind}
      inputMode={column.kind === 'number' ? 'decimal' : undefined}
      value={text}
      onChange={event => setText(event.target.value)}
      onBlur={() => text !== said && onChange(typed(text, column.kind))}
      onKeyDown={event => event.key === 'Enter' && text !== said && onChange(typed(text, column.kind))}
    />
  );
}

export function RowsEditor(props: { form: RowsForm; onChange: (form: Form) => void }): JSX.Element {
  const trans = useTrans();
  const { form, onChange } = props;
  const rows = (next: readonly (readonly JSONValue[])[]): void => onChange({ ...form, rows: next });
  const set = (at: number, index: number, value: JSONValue): void =>
    rows(form.rows.map((row, n) => (n === at ? row.map((old, m) => (m === index ? value : old)) : row)));
  const cell = (at: number, index: number): JSX.Element => (
    <td key={`${at} ${index}`}>
      <Cell
        column={form.columns[index]}
        label={trans.__('%1, row %2', form.columns[index].name, at + 1)}
        value={form.rows[at][index] ?? null}
        onChange={value => set(at, index, value)}
      />
    </td>
  );
  const remove = (at: number): JSX.Element | null =>
    form.rows.length > 1 ? (
      <button
        type="button"
        className="jp-mlops-link"
        aria-label={trans.__('Remove row %1', at + 1)}
        onClick={() => rows(form.rows.filter((_, n) => n !== at))}
      >
        ×
      </button>
    ) : null;
  const hint = (column: FormColumn): JSX.Element | null =>
    column.hint ? <span className="jp-mlops-dim"> {column.hint}</span> : null;
  const wide = form.columns.length > 4;
  return (
    <div className="jp-mlops-scroll">
      {wide ? (
        // Many columns do not fit side by side: a line each, and a column for each row of the request.
        <table className="jp-mlops-cells">
          {form.rows.length > 1 ? (
            <thead>
              <tr>
                <td />
                {form.rows.map((_, at) => (
                  <th key={at} scope="col">
                    {trans.__('row %1', at + 1)} {remove(at)}
                  </th>
                ))}
              </tr>
            </thead>
          ) : null}
          <tbody>
            {form.columns.map((column, index) => (
              <tr key={column.name}>
                <th scope="row">
                  {column.name}
                  {hint(column)}
                </th>
                {form.rows.map((_, at) => cell(at, index))}
              </tr>
            ))}
          </tbody>
        </table>
      ) : (
        <table className="jp-mlops-cells">
          <thead>
            <tr>
              {form.columns.map(column => (
                <th key={column.name} scope="col">
                  {column.name}
                  {hint(column)}
                </th>
              ))}
              <td />
            </tr>
          </thead>
          <tbody>
            {form.rows.map((_, at) => (
              <tr key={at}>
                {form.columns.map((_, index) => cell(at, index))}
                <td>{remove(at)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <button
        type="button"
        className="jp-mlops-link"
        onClick={() => rows([...form.rows, form.rows[form.rows.length - 1]])}
      >
        {trans.__('Add a row')}
      </button>
    </div>
  );
}

export function FieldsEditor(props: { form: Form & { kind: 'fields' }; onChange: (form: Form) => void }): JSX.Element {
  const { form, onChange } = props;
  return (
    <div className="jp-mlops-fields">
      {form.columns.map((column, index) => (
        <label key={column.name} className="jp-mlops-field">
          <span>
            {column.name} <span className="jp-mlops-dim">{column.hint}</span>
          </span>
          <Cell
            column={column}
            label={column.name}
            value={form.values[index]}
            onChange={value => onChange({ ...form, values: form.values.map((old, n) => (n === index ? value : old)) })}
          />
        </label>
      ))}
    </div>
  );
}
