/** How to call a service from elsewhere, in six languages. */

import * as React from 'react';

import { exampleBody, inputSchema } from '../form';
import { snippets } from '../snippets';
import type { ServiceDetail } from '../wire';
import { Button, Choice, Empty, useDesk, useTrans } from './parts';

export function CallView(props: { detail: ServiceDetail; swagger: unknown }): JSX.Element {
  const trans = useTrans();
  const desk = useDesk();
  const [language, setLanguage] = React.useState('curl');
  const { detail } = props;
  if (!detail.scoring_uri) {
    return <Empty text={trans.__('It has no address yet.')} />;
  }
  const example = exampleBody(detail.example, inputSchema(props.swagger), detail.signature);
  const flat = example.replace(/\n\s*/g, ' ').replace(/([[{]) /g, '$1').replace(/ ([\]}])/g, '$1');
  const all = snippets(detail.scoring_uri, detail.auth_enabled, flat);
  const text = all.find(each => each.language === language)?.text ?? '';
  return (
    <>
      <div className="jp-mlops-bar">
        <Choice
          label={trans.__('Language')}
          value={language}
          options={all.map(each => [each.language, each.language] as const)}
          onChange={setLanguage}
        />
        <span className="jp-mlops-spring" />
        <Button onClick={() => desk.copy(text)}>{trans.__('Copy')}</Button>
      </div>
      <pre className="jp-mlops-code" tabIndex={0} aria-label={trans.__('How to call it in %1', language)}>
        {text}
      </pre>
      {detail.auth_enabled ? (
        <p className="jp-mlops-help">
          {trans.__('The key is read from the variable SERVICE_KEY; copy it under “Keys and origin”.')}
        </p>
      ) : null}
    </>
  );
}
