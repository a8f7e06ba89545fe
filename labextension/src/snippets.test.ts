import { expect, it } from 'vitest';

import { snippets } from './snippets';

const BODY = '{"text": "it\'s"}';

it('names the key and never holds it', () => {
  for (const { text } of snippets('http://127.0.0.1:8000/score', true, BODY)) {
    expect(text).toContain('SERVICE_KEY');
    expect(text).toContain('http://127.0.0.1:8000/score');
  }
});

it('leaves the key out where none is wanted', () => {
  for (const { text } of snippets('http://127.0.0.1:8000/score', false, BODY)) {
    expect(text).not.toContain('SERVICE_KEY');
  }
});

it('quotes for the shell', () => {
  expect(snippets('http://h/score', false, BODY)[0].text).toContain(`-d '{"text": "it'\\''s"}'`);
});
