import { nullTranslator } from '@jupyterlab/translation';
import { describe, expect, it } from 'vitest';

import { ago, bytes, figure, insideRoot, milliseconds, nameFrom, parseSearch, serviceNameFrom } from './words';

const trans = nullTranslator.load('jupyter_mlops');

it('parses what is typed into the search box', () => {
  expect(parseSearch('dia stage=test tag:prod framework:Onnx')).toEqual({
    q: 'dia',
    tags: ['stage=test', 'prod'],
    framework: 'Onnx'
  });
  expect(parseSearch('  ')).toEqual({ q: undefined, tags: [], framework: undefined });
});

describe('figures', () => {
  it('are short', () => {
    expect([bytes(937), bytes(1_440_000), bytes(123_400)]).toEqual(['937 bytes', '1.4 MB', '123 KB']);
    expect([figure(0), figure(0.012345), figure(1234.5)]).toEqual(['0', '0.0123', '1235']);
    expect([milliseconds(null), milliseconds(3.14159), milliseconds(2500)]).toEqual(['–', '3.14 ms', '2.5 s']);
  });

  it('say how long ago', () => {
    const now = Date.parse('2026-11-22T12:00:00Z');
    const said = ['11:59:30', '11:30:00', '02:00:00'].map(time => ago(`2026-11-22T${time}Z`, trans, now));
    expect(said).toEqual(['now', '30 min', '10 h']);
    expect(ago('2026-01-02T00:00:00Z', trans, now)).toBe('2026-01-02');
  });
});

it('makes names of files', () => {
  expect(nameFrom('folder/My model (2).tar.gz')).toBe('My-model-2');
  expect(nameFrom('saved/')).toBe('saved');
  expect(serviceNameFrom('Diabetes_Ridge 2')).toBe('diabetes-ridge-2');
});

it.each([
  ['/srv/work/a/b.ipynb', '/srv/work', 'a/b.ipynb'],
  ['/srv/work/a/b.ipynb', '/srv/work/', 'a/b.ipynb'],
  ['/home/ada/work/b.ipynb', '~/work', 'b.ipynb'],
  ['/home/ada/b.ipynb', '~', 'b.ipynb'],
  ['/elsewhere/b.ipynb', '/srv/work', '/elsewhere/b.ipynb']
])('finds %s in %s', (path, root, inside) => {
  expect(insideRoot(path, root)).toBe(inside);
});
