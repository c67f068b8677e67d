import fc from 'fast-check';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { docComment } from '../../src/codegen/doc-comment.js';
import { quoted } from '../../src/codegen/module-names.js';

describe('docComment', () => {
  it('is one line for a short text, and wrapped and indented for a long one', () => {
    expect(docComment('Short.')).toBe('/** Short. */\n');
    const long = docComment(`${'word '.repeat(40)}\n\nSecond.`, '  ');
    expect(long.split('\n').every((line) => line.length <= 120)).toBe(true);
    expect(long).toMatch(/^ {2}\/\*\*\n(?: {3}\*(?: .*)?\n)+ {3}\*\/\n$/);
    expect(long).toContain('\n   *\n   * Second.\n');
  });

  it('is a comment and nothing else, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.constantFrom('*/', '\u2028', '\r', '//', '`'), (text, evil) => {
        const source = ts.createSourceFile(
          'x.ts',
          `${docComment(`${text}${evil}${text}`)}end;`,
          ts.ScriptTarget.ES2023,
        );
        expect(source.statements.length).toBe(1);
      }),
    );
  });
});

describe('quoted', () => {
  it('is a literal of exactly that text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const source = ts.createSourceFile('x.ts', `(${quoted(text)})`, ts.ScriptTarget.ES2023);
        const [statement] = source.statements;
        if (statement === undefined || !ts.isExpressionStatement(statement)) throw new Error('no expression');
        if (!ts.isParenthesizedExpression(statement.expression)) throw new Error('no parentheses');
        const { expression } = statement.expression;
        expect(ts.isStringLiteral(expression) && expression.text).toBe(text);
        expect(source.statements.length).toBe(1);
      }),
    );
  });
});
