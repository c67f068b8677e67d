import ts from 'typescript';
import { readRepoFile } from './repo.js';

const TIMERS = ['setTimeout', 'setInterval'];
const READINGS = ['Date.now', 'Math.random', 'performance.now', 'AbortSignal.timeout', 'process.hrtime'];

/** Where a file reads the clock, waits by it, or draws random numbers by itself, as `file:line uses what`. */
export function clockUses(file: string, text = readRepoFile(file)): string[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const uses: string[] = [];
  const visit = (node: ts.Node): void => {
    const what = clockUse(node);
    if (what !== undefined)
      uses.push(`${file}:${source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1} uses ${what}`);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return uses;
}

function clockUse(node: ts.Node): string | undefined {
  if (ts.isStringLiteral(node) && /^(node:)?timers/.test(node.text) && ts.isImportDeclaration(node.parent))
    return node.text;
  if (ts.isNewExpression(node) && node.expression.getText() === 'Date' && !node.arguments?.length) return 'new Date()';
  if (ts.isPropertyAccessExpression(node)) {
    const text = node.getText().replace(/^globalThis\./, '');
    return [...READINGS, ...TIMERS].includes(text) ? text : undefined;
  }
  return ts.isIdentifier(node) && TIMERS.includes(node.text) && isValue(node) ? node.text : undefined;
}

/** A name that stands for a value: called or passed on, not the name of a member, as in `clock.setTimeout` or `{ setTimeout() {} }`. */
function isValue(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node;
  if (ts.isCallExpression(parent) || ts.isShorthandPropertyAssignment(parent)) return true;
  return !('name' in parent && parent.name === node) && !ts.isTypeQueryNode(parent);
}
