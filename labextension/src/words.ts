/** How numbers and times are said. Pure. */

import type { TranslationBundle } from '@jupyterlab/translation';

import type { Search } from './client';

/** Bytes as a person says them: `1.4 MB`. */
export function bytes(count: number): string {
  if (count === 1) {
    return '1 byte';
  }
  const units = ['bytes', 'KB', 'MB', 'GB', 'TB'];
  let value = count;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const digits = unit === 0 || value >= 100 ? 0 : 1;
  return `${value.toFixed(digits)} ${units[unit]}`;
}

/** How long ago: `now`, `5 min`, `3 h`, `2 d`, then the date. */
export function ago(time: string, trans: TranslationBundle, now = Date.now()): string {
  const seconds = (now - Date.parse(time)) / 1000;
  if (seconds < 60) {
    return trans.__('now');
  }
  if (seconds < 3600) {
    return trans.__('%1 min', Math.floor(seconds / 60));
  }
  if (seconds < 86400) {
    return trans.__('%1 h', Math.floor(seconds / 3600));
  }
  if (seconds < 30 * 86400) {
    return trans.__('%1 d', Math.floor(seconds / 86400));
  }
  return time.slice(0, 10);
}

/** A number for an axis or a table: at most three digits that mean something. */
export function figure(value: number): string {
  if (value === 0) {
    return '0';
  }
  if (Math.abs(value) >= 100) {
    return value.toFixed(0);
  }
  return String(Number(value.toPrecision(3)));
}

export function milliseconds(value: number | null): string {
  if (value === null) {
    return '–';
  }
  return value >= 1000 ? `${figure(value / 1000)} s` : `${figure(value)} ms`;
}

/** The seconds between two times, or up to now. */
export function took(from: string | null, to: string | null, now = Date.now()): string {
  if (from === null) {
    return '';
  }
  return milliseconds(Math.max((to === null ? now : Date.parse(to)) - Date.parse(from), 0));
}

/**
 * What was typed into the search box: `k=v` and `tag:k` are tags, `framework:F` a framework, the rest is part of
 * a name.
 */
export function parseSearch(text: string): Search {
  const tags: string[] = [];
  const names: string[] = [];
  let framework: string | undefined;
  for (const word of text.trim().split(/\s+/)) {
    if (word.startsWith('framework:')) {
      framework = word.slice('framework:'.length) || undefined;
    } else if (word.startsWith('tag:')) {
      tags.push(word.slice('tag:'.length));
    } else if (word.includes('=')) {
      tags.push(word);
    } else {
      names.push(word);
    }
  }
  return { q: names.join(' ') || undefined, tags: tags.filter(tag => tag !== ''), framework };
}

/** A name for a model or service, made of the name of a file or variable. */
export function nameFrom(text: string): string {
  const stem = text.replace(/\/+$/, '').split('/').pop() ?? '';
  const cut = stem.replace(/\.(tar\.gz|[A-Za-z0-9]+)$/, '');
  return cut.replace(/[^A-Za-z0-9_.-]+/g, '-').replace(/^[^A-Za-z0-9]+|-+$/g, '').slice(0, 64);
}

/** The name of a service must go into an address: small letters, figures and `-`. */
export function serviceNameFrom(text: string): string {
  return text.toLowerCase().replace(/[^a-z0-9-]+/g, '-').replace(/^[^a-z]+|-+$/g, '').slice(0, 32);
}

/**
 * A path of the server's machine, as the file browser has it. `root` is the browser's own, in which a home folder is
 * written `~`; a path outside of it stays as it is.
 */
export function insideRoot(path: string, root: string): string {
  const folder = root.replace(/\/+$/, '');
  if (folder.startsWith('~')) {
    const home = folder.length > 1 ? `${folder.slice(1)}/` : null;
    const at = home === null ? -1 : path.indexOf(home);
    return at >= 0 && home !== null ? path.slice(at + home.length) : path.replace(/^\/(root|(home|Users)\/[^/]+)\//, '');
  }
  return folder !== '' && path.startsWith(`${folder}/`) ? path.slice(folder.length + 1) : path;
}
