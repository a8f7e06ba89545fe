/** The request form: made from the schema, filled with the recorded example; or raw JSON; or a file. */

import * as React from 'react';

import type { Refusal } from '../client';
import { bodyOf, exampleBody, exampleBytes, formOf, inputSchema, jsonText, pretty } from '../form';
import type { Exchange } from '../serviceModel';
import type { ServiceDetail, TestRequest } from '../wire';
import { bytes, milliseconds } from '../words';
import { AnswerView } from './answer';
import { FieldsEditor, RowsEditor } from './editors';
import { Button, Choice, MagicLine, Trouble, useTrans } from './parts';

type Mode = 'form' | 'raw' | 'file';

/** The bytes of a body. Without a name: the example that was recorded. */
interface Bytes {
  readonly name: string | null;
  readonly base64: string;
}

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
  const { signature } = props.detail;
  const recorded = props.detail.example === null ? exampleBytes(signature) : null;
  const sample = recorded === null ? null : { name: null, base64: recorded };
  const [body, setBody] = React.useState<string | null>(null);
  const [picked, setMode] = React.useState<Mode | null>(null);
  const [chosenFile, setFile] = React.useState<Bytes | 'reading' | null>(null);
  const [rounds, setRounds] = React.useState(0);
  const mode = picked ?? (sample ? 'file' : 'form');
  const file = chosenFile === 'reading' ? null : (chosenFile ?? sample);
  const [chosen, setChosen] = React.useState<number | null>(null);
  const text = body ?? exampleBody(props.detail.example, schema, signature);
  const form = React.useMemo(() => formOf(text, schema, signature), [text, schema, signature]);
  const latest = React.useRef(text);
  latest.current = text;
  // What is sent by the key that ends a cell's change has that change in it, before it is drawn.
  const write = (next: string): void => {
    latest.current = next;
    setBody(next);
  };
  const { onBody } = props;
  React.useEffect(() => onBody(text), [text, onBody]);
  const exchange = props.history.find(each => each.number === chosen) ?? props.history[0];
  const usable = mode === 'form' && form === null ? 'raw' : mode;

  const unready = usable === 'file' && file === null;
  const send = (): void => {
    if (props.sending || unready) {
      return;
    }
    setChosen(null);
    props.onSend(usable === 'file' && file ? { body_base64: file.base64 } : { body: latest.current });
  };
  return (
    <div
      className="jp-mlops-request"
      onKeyDown={event => {
        const inCell = usable === 'form' && event.target instanceof HTMLInputElement && event.target.type === 'text';
        if (event.key === 'Enter' && !event.nativeEvent.isComposing && (inCell || event.ctrlKey || event.metaKey)) {
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
            <RowsEditor form={form} onChange={next => write(jsonText(bodyOf(next)))} />
          ) : (
            <FieldsEditor form={form} onChange={next => write(jsonText(bodyOf(next)))} />
          )
        ) : null}
        {usable === 'raw' ? (
          <textarea
            className="jp-mlops-code"
            aria-label={trans.__('Body of the request, as JSON')}
            spellCheck={false}
            rows={Math.min(Math.max(text.split('\n').length, 6), 18)}
            value={text}
            onChange={event => {
              // It stays JSON while it is typed, also when a form would do by now.
              setMode('raw');
              write(event.target.value);
            }}
          />
        ) : null}
        {usable === 'file' ? <FileChoice key={rounds} onFile={setFile} file={file} /> : null}
        <div className="jp-mlops-bar">
          <Button kind="accept" disabled={unready} onClick={send}>
            {props.sending ? trans.__('Sending…') : trans.__('Send')}
          </Button>
          <Button
            disabled={body === null && chosenFile === null}
            onClick={() => {
              setBody(null);
              setFile(null);
              setRounds(rounds + 1);
            }}
          >
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
          <p className="jp-mlops-help">{trans.__('Press Send, or Enter in the form, or Ctrl+Enter, and the answer stands here.')}</p>
        )}
      </section>
      <MagicLine line={props.magic} />
    </div>
  );
}

function FileChoice(props: { file: Bytes | null; onFile: (file: Bytes | 'reading') => void }): JSX.Element {
  const trans = useTrans();
  const { file } = props;
  const read = (chosen: File): void => {
    // Until it is read, nothing else is sent in its place.
    props.onFile('reading');
    const reader = new FileReader();
    reader.onload = () => {
      const url = String(reader.result);
      props.onFile({ name: chosen.name, base64: url.slice(url.indexOf(',') + 1) });
    };
    reader.readAsDataURL(chosen);
  };
  return (
    <label className="jp-mlops-field">
      <span>{trans.__('The bytes of a file are the body')}</span>
      <input type="file" onChange={event => event.target.files?.[0] && read(event.target.files[0])} />
      {file ? (
        <span className="jp-mlops-help">
          {file.name === null
            ? trans.__('Without one, the example that was recorded: %1', bytes(size(file)))
            : `${file.name}: ${bytes(size(file))}`}
        </span>
      ) : null}
    </label>
  );
}

/** How many bytes they are. */
function size(file: Bytes): number {
  return atob(file.base64).length;
}
