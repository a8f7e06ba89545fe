/** The line that does the same as a form, asked of the server whenever the form changes. */

import * as React from 'react';

import type { Office } from '../office';
import type { MagicOption } from '../wire';

export interface Wanted {
  readonly verb: string;
  readonly names: readonly string[];
  readonly options: Readonly<Record<string, MagicOption | undefined>>;
}

/** null while there is none: an answer to an older question is not taken. */
export function useMagicLine(office: Office, wanted: Wanted | null): string | null {
  const [line, setLine] = React.useState<string | null>(null);
  const { client } = office.model;
  const key = JSON.stringify(wanted);
  React.useEffect(() => {
    const asked = JSON.parse(key) as Wanted | null;
    if (asked === null) {
      setLine(null);
      return;
    }
    let current = true;
    client.magic(asked.verb, asked.names, asked.options).then(
      made => current && setLine(made),
      () => current && setLine(null)
    );
    return () => {
      current = false;
    };
  }, [client, key]);
  return line;
}
