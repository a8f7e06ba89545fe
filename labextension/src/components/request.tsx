/** The request form: made from the schema, filled with the recorded example; or raw JSON; or a file. */

import * as React from 'react';
import type { JSONValue } from '@lumino/coreutils';

import type { Refusal } from '../client';
import { bodyOf, exampleBody, formOf, gridOf, inputSchema, jsonText, pretty, shown, typed } from '../form';
import type { Form, FormColumn, RowsForm } from '../form';
import type { Exchange } from '../serviceModel';
import type { ServiceDetail, TestAnswer, TestRequest } from '../wire';
import { milliseconds } from '../words';
import { Button, Facts, MagicLine, Trouble, useDesk, useTrans } from './parts';

type Mode = 'form' | 'raw' | 'file';

export interface RequestProps {
  readonly detail: ServiceDetail;
  readonly swagger: unknown;
  readonly sending: boolean;
  readonly history: readonly Exchange[];
  readonly refusal: Refusal | null;
  readonly magic: string | null;
  /** The text of the body, whenever it changed. */
  readonly onBody: (body: string) => void;
  readonly onSend: (request: TestRequest) => void;
}

export function RequestView(props: RequestProps): JSX.Element {
  const trans = useTrans();
  const schema = React.useMemo(() => inputSchema(props.swagger), [props.swagger]);
  const [body, setBody] = React.useState<string | null>(null);
  const [mode, setMode] = React.useState<Mode>('form');
  const [file, setFile] = React.useState<{ name: string; base64: string } | null>(null);
  const [chosen, setChosen] = React.useState<number | null>(null);
  const text = body ?? exampleBody(props.detail.example, schema);
  const form = React.useMemo(() => formOf(text, schema, props.detail.signature), [text, schema, props.detail.signature]);
  const { onBody } = props;
  React.useEffect(() => onBody(text), [text, onBody]);
  const exchange = props.history.find(each => each.number === chosen) ?? props.history[0];
  const usable = mode === 'form' && form === null ? 'raw' : mode;

  const send = (): void => {
    setChosen(null);
    props.onSend(usable === 'file' && file ? { body_base64: file.base64 } : { body: text });
  };
  return (
    <div
      className="jp-mlops-request"
      onKeyDown={event => {
        if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
          event.preventDefault();
          event.stopPropagation();
          send();
        }
      }}
    >
      <section aria-label={trans.__('Request')}>
        <div className="jp-mlops-bar">
          <h3>{trans.__('Request')}</h3>
          <Choice
            label={trans.__('How to write it')}
            value={usable}
            options={[
              ['form', trans.__('Form')],
              ['raw', 'JSON'],
              ['file', trans.__('File')]
            ]}
            onChange={setMode}
          />
        </div>
        {mode === 'form' && form === null ? (
          <p className="jp-mlops-help">{trans.__('This body does not fit into a form; here it is as JSON.')}</p>
        ) : null}
        {usable === 'form' && form ? (
          form.kind === 'rows' ? (
            <RowsEditor form={form} onChange={next => setBody(jsonText(bodyOf(next)))} />
          ) : (
            <FieldsEditor form={form} onChange={next => setBody(jsonText(bodyOf(next)))} />
          )
        ) : null}
        {usable === 'raw' ? (
          <textarea
            className="jp-mlops-code"
            aria-label={trans.__('Body of the request, as JSON')}
            spellCheck={false}
            rows={Math.min(Math.max(text.split('\n').length, 6), 18)}
            value={text}
            onChange={event => setBody(event.target.value)}
          />
        ) : null}
        {usable === 'file' ? <FileChoice onFile={setFile} name={file?.name ?? null} /> : null}
        <div className="jp-mlops-bar">
          <Button kind="accept" disabled={props.sending || (usable === 'file' && file === null)} onClick={send}>
            {props.sending ? trans.__('Sending…') : trans.__('Send')}
          </Button>
          <Button disabled={body === null} onClick={() => setBody(null)}>
            {trans.__('Back to the example')}
          </Button>
        </div>
        <Trouble refusal={props.refusal} />
      </section>
      <section aria-label={trans.__('Answer')} aria-live="polite">
        <div className="jp-mlops-bar">
          <h3>{trans.__('Answer')}</h3>
          {props.history.length > 1 ? (
            <select
              aria-label={trans.__('History of requests')}
              value={exchange.number}
              onChange={event => setChosen(Number(event.target.value))}
            >
              {props.history.map(each => (
                <option key={each.number} value={each.number}>
                  {`#${each.number}  ${new Date(each.time).toLocaleTimeString()}  ${each.answer.status}  ${milliseconds(each.answer.milliseconds)}`}
                </option>
              ))}
            </select>
          ) : null}
          {exchange && exchange !== props.history[0] && exchange.answer.sent !== null ? (
            <Button onClick={() => setBody(pretty(exchange.answer.sent ?? ''))}>{trans.__('Send this again')}</Button>
          ) : null}
        </div>
        {exchange ? (
          <AnswerView answer={exchange.answer} />
        ) : (
          <p className="jp-mlops-help">{trans.__('Press Send, or Ctrl+Enter, and the answer stands here.')}</p>
        )}
      </section>
      <MagicLine line={props.magic} />
    </div>
  );
}

/** A few exclusive choices in one row. */
export function Choice<T extends string>(props: {
  label: string;
  value: T;
  options: readonly (readonly [T, string])[];
  onChange: (value: T) => void;
}): JSX.Element {
  const name = React.useId();
  return (
    <div className="jp-mlops-choice" role="radiogroup" aria-label={props.label}>
      {props.options.map(([value, label]) => (
        <label key={value} data-chosen={value === props.value}>
          <input
            type="radio"
            name={name}
            value={value}
            checked={value === props.value}
            onChange={() => props.onChange(value)}
          />
          {label}
        </label>
      ))}
    </div>
  );
}

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

function RowsEditor(props: { form: RowsForm; onChange: (form: Form) => void }): JSX.Element {
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

function FieldsEditor(props: { form: Form & { kind: 'fields' }; onChange: (form: Form) => void }): JSX.Element {
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

function FileChoice(props: {
  name: string | null;
  onFile: (file: { name: string; base64: string }) => void;
}): JSX.Element {
  const trans = useTrans();
  const read = (file: File): void => {
    const reader = new FileReader();
    reader.onload = () => {
      const url = String(reader.result);
      props.onFile({ name: file.name, base64: url.slice(url.indexOf(',') + 1) });
    };
    reader.readAsDataURL(file);
  };
  return (
    <label className="jp-mlops-field">
      <span>{trans.__('The bytes of a file are the body')}</span>
      <input type="file" onChange={event => event.target.files?.[0] && read(event.target.files[0])} />
    </label>
  );
}

export function AnswerView(props: { answer: TestAnswer }): JSX.Element {
  const trans = useTrans();
  const desk = useDesk();
  const { answer } = props;
  const grid = React.useMemo(() => (answer.text ? null : gridOf(answer.answer)), [answer]);
  const [raw, setRaw] = React.useState(false);
  const json = answer.text ? String(answer.answer) : jsonText(answer.answer);
  const kind = answer.headers['content-type'] ?? answer.headers['Content-Type'] ?? '';
  return (
    <>
      <p className="jp-mlops-result">
        <span className="jp-mlops-status" data-tone={answer.ok ? 'ok' : 'bad'}>
          {answer.status}
        </span>
        <span>{milliseconds(answer.milliseconds)}</span>
        {grid ? (
          <Choice
            label={trans.__('How to show it')}
            value={raw ? 'json' : 'table'}
            options={[
              ['table', trans.__('Table')],
              ['json', 'JSON']
            ]}
            onChange={value => setRaw(value === 'json')}
          />
        ) : null}
        <button type="button" className="jp-mlops-link" onClick={() => desk.copy(json)}>
          {trans.__('Copy')}
        </button>
      </p>
      {answer.answer_base64 && kind.startsWith('image/') ? (
        <img src={`data:${kind};base64,${answer.answer_base64}`} alt={trans.__('The answer, an image')} />
      ) : grid && !raw ? (
        <div className="jp-mlops-scroll" tabIndex={0} role="region" aria-label={trans.__('The answer as a table')}>
          <table className="jp-mlops-grid">
            <thead>
              <tr>
                {grid.columns.map(name => (
                  <th key={name} scope="col">
                    {name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {grid.rows.map((row, at) => (
                <tr key={at}>
                  {row.map((value, index) => (
                    <td key={index} data-kind={typeof value}>
                      {shown(value)}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      ) : (
        <pre className="jp-mlops-code" tabIndex={0} aria-label={trans.__('The answer')}>
          {json}
        </pre>
      )}
      {answer.wanted ? (
        <details open>
          <summary>{trans.__('What it wanted')}</summary>
          <pre className="jp-mlops-code" tabIndex={0}>
            {jsonText(answer.wanted)}
          </pre>
        </details>
      ) : null}
      <details>
        <summary>{trans.__('Headers')}</summary>
        <Facts of={Object.entries(answer.headers)} />
      </details>
    </>
  );
}
