/** Every string that a person sees goes through the translator: the source is read, and what is left out is named. */

/// <reference types="vite/client" />
import * as ts from 'typescript';
import { expect, it } from 'vitest';

const SOURCES = import.meta.glob<string>(['./**/*.{ts,tsx}', '!./**/*.test.{ts,tsx}', '!./testing/**'], {
  query: '?raw',
  import: 'default',
  eager: true
});

/** Attributes and properties whose text is shown or read out. */
const SHOWN = new Set([
  'title', 'label', 'aria-label', 'placeholder', 'alt', 'caption', 'help', 'text', 'head', 'usual', 'category', 'says', 'accept', 'also'
]);

/** The same in every language: names of formats and of things, examples of what is typed. */
const NAMES = new Set([
  'JSON', 'Python', 'curl', 'JavaScript', 'C#', 'Go', 'Java', 'SHA-256', 'p50', 'p95', 'p99', 'https://…', 'score.py',
  'conda.yml', 'NAME=value', 'stage=test', '[{"age": 0.04, "bmi": 0.06}]', '%workspace', 'git'
]);

/** Letters that make a word; the lines of magics and the classes of styles are none. */
const isWord = (text: string): boolean => /\p{L}{2,}/u.test(text) && !NAMES.has(text.trim()) && !/^%/.test(text);

function named(node: ts.Node): string | null {
  if (ts.isJsxAttribute(node) || ts.isPropertyAssignment(node)) {
    return node.name.getText();
  }
  return null;
}

/** The strings that an expression may come out as: through `a ? b : c`, `a ?? b`, `a + b`; not through calls. */
function texts(node: ts.Node): string[] {
  if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) {
    return [node.text];
  }
  if (ts.isTemplateExpression(node)) {
    return [node.head.text, ...node.templateSpans.map(span => span.literal.text)];
  }
  if (ts.isConditionalExpression(node)) {
    return [...texts(node.whenTrue), ...texts(node.whenFalse)];
  }
  if (ts.isBinaryExpression(node)) {
    const isChoice = /^(\?\?|\|\||&&|\+)$/.test(node.operatorToken.getText());
    return isChoice ? [...texts(node.left), ...texts(node.right)] : [];
  }
  if (ts.isParenthesizedExpression(node)) {
    return texts(node.expression);
  }
  if (ts.isJsxExpression(node)) {
    return node.expression ? texts(node.expression) : [];
  }
  return [];
}

/** An error that is made: what it says is shown. */
function isRaised(node: ts.Node): node is ts.CallExpression | ts.NewExpression {
  const made = ts.isCallExpression(node) || ts.isNewExpression(node);
  return made && /^(Error|Refusal|KernelRefusal|problem)$/.test(node.expression.getText());
}

/** What stands in a file without the translator, as `line: text`. */
export function untranslated(path: string, text: string): string[] {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true, ts.ScriptKind.TSX);
  const found: string[] = [];
  const tell = (node: ts.Node, said: readonly string[]): void => {
    const line = file.getLineAndCharacterOfPosition(node.getStart()).line + 1;
    found.push(...said.filter(isWord).map(each => `${path}:${line}: ${each.trim()}`));
  };
  const walk = (node: ts.Node): void => {
    if (ts.isJsxText(node)) {
      tell(node, [node.text]);
    } else if (ts.isJsxExpression(node) && !ts.isJsxAttribute(node.parent)) {
      tell(node, texts(node));
    } else if (ts.isJsxAttribute(node) && SHOWN.has(node.name.getText()) && node.initializer) {
      tell(node, texts(node.initializer));
    } else if (ts.isPropertyAssignment(node) && SHOWN.has(named(node) ?? '')) {
      tell(node, texts(node.initializer));
    } else if (ts.isCallExpression(node) && /^Notification\.\w+$/.test(node.expression.getText())) {
      tell(node, node.arguments.slice(0, 1).flatMap(texts));
    } else if (isRaised(node)) {
      tell(node, (node.arguments ?? []).flatMap(texts).filter(each => each.includes(' ')));
    }
    ts.forEachChild(node, walk);
  };
  walk(file);
  return found;
}

it('sees what is not translated', () => {
  const source = `
    const a = <p title="Raw title">{trans.__('fine')} Raw text</p>;
    const b = { label: \`Raw \${name}\`, id: 'not-shown' };
    const c = <i aria-label={x ? 'Raw choice' : trans.__('fine')}>{y ? 'Raw branch' : null}</i>;
    Notification.info('Raw notice');
    throw new Error('raw error');
  `;
  expect(untranslated('a.tsx', source).map(each => each.replace(/^.*: /, ''))).toEqual([
    'Raw title', 'Raw text', 'Raw', 'Raw choice', 'Raw branch', 'Raw notice', 'raw error'
  ]);
});

it('finds nothing of it in the sidebar', () => {
  const found = Object.entries(SOURCES).flatMap(([path, source]) => untranslated(path, source));
  expect(Object.keys(SOURCES).length).toBeGreaterThan(40);
  expect(found).toEqual([]);
});
