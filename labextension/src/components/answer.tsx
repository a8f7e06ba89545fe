/** An answer: its status and time, then a table, JSON or an image. */

import * as React from 'react';

import { gridOf, jsonText, shown } from '../form';
import type { TestAnswer } from '../wire';
import { bytes, milliseconds } from '../words';
import { Choice, Facts, useDesk, useTrans } from './parts';

export function AnswerView(props: { answer: TestAnswer }): JSX.Element {
  const trans = useTrans();
  const desk = useDesk();
  const { answer } = props;
  const grid = React.useMemo(() => (answer.text ? null : gridOf(answer.answer)), [answer]);
  const [raw, setRaw] = React.useState(false);
  const json = answer.text ? String(answer.answer) : jsonText(answer.answer);
  const kind = answer.headers['content-type'] ?? answer.headers['Content-Type'] ?? '';
  const data = `data:${kind};base64,${answer.answer_base64 ?? ''}`;
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
        {answer.answer_base64 ? null : (
          <button type="button" className="jp-mlops-link" onClick={() => desk.copy(json)}>
            {trans.__('Copy')}
          </button>
        )}
      </p>
      {answer.answer_base64 ? (
        kind.startsWith('image/') ? (
          <img className="jp-mlops-image" src={data} alt={trans.__('The answer, an image')} />
        ) : (
          <p>
            <a className="jp-mlops-link" href={data} download="answer">
              {trans.__('Save the answer: %1 of %2', bytes(Math.floor((answer.answer_base64.length * 3) / 4)), kind)}
            </a>
          </p>
        )
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
