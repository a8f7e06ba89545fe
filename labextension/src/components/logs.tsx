/** The log of a service: followed, searched, paused. */

import * as React from 'react';

import { Button, MagicLine, useDesk, useTrans } from './parts';

export function LogView(props: {
  lines: readonly string[];
  paused: boolean;
  onPause: (paused: boolean) => void;
  magic: string | null;
}): JSX.Element {
  const trans = useTrans();
  const desk = useDesk();
  const [wanted, setWanted] = React.useState('');
  const box = React.useRef<HTMLPreElement>(null);
  const lower = wanted.toLowerCase();
  const lines = lower === '' ? props.lines : props.lines.filter(each => each.toLowerCase().includes(lower));
  React.useEffect(() => {
    if (!props.paused) {
      box.current?.scrollTo({ top: box.current.scrollHeight });
    }
  }, [lines.length, props.paused]);
  return (
    <>
      <div className="jp-mlops-bar">
        <input
          type="search"
          placeholder={trans.__('Search the log')}
          aria-label={trans.__('Search the log')}
          value={wanted}
          onChange={event => setWanted(event.target.value)}
        />
        {wanted ? <span className="jp-mlops-dim">{trans._n('%1 line', '%1 lines', lines.length)}</span> : null}
        <span className="jp-mlops-spring" />
        <Button onClick={() => desk.copy(lines.join('\n'))}>{trans.__('Copy')}</Button>
        <Button onClick={() => props.onPause(!props.paused)}>
          {props.paused ? trans.__('Follow') : trans.__('Pause')}
        </Button>
      </div>
      <pre className="jp-mlops-log jp-mlops-mod-tall" ref={box} role="log" aria-label={trans.__('Log of the service')} tabIndex={0}>
        {lines.length > 0 ? lines.join('\n') : trans.__('Nothing is said yet.')}
      </pre>
      <MagicLine line={props.magic} />
    </>
  );
}
