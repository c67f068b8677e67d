import { InvalidRequestError } from '../../../errors/index.js';

/** A piece of a template: literal text, or the words between `{{` and `}}`. */
export type TemplatePiece =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'action'; readonly words: readonly string[] };

const action = /\{\{(-\s)?\s*(\/\*[\s\S]*?\*\/|(?:"(?:[^"\\\n]|\\.)*"|`[^`]*`|[^"`}]|\}(?!\}))*?)\s*?(\s-)?\}\}/g;
const word =
  /\s*("(?:[^"\\]|\\.)*"|`[^`]*`|:=|=|\||\(|\)|,|\$[A-Za-z0-9_]*(?:\.[A-Za-z0-9_]+)*|-?\d+(?:\.\d+)?|(?:\.[A-Za-z_][A-Za-z0-9_]*)+|\.|[A-Za-z_][A-Za-z0-9_]*)/y;

/** Splits a Go template into pieces. `{{-` and `-}}` trim the white space beside them. */
export function templatePieces(text: string): TemplatePiece[] {
  const pieces: TemplatePiece[] = [];
  let end = 0;
  let trims = false;
  const push = (literal: string) => {
    if (literal !== '') pieces.push({ type: 'text', text: literal });
  };
  for (const found of text.matchAll(action)) {
    const [all, trimLeft, inner = '', trimRight] = found;
    let literal = text.slice(end, found.index);
    if (trims) literal = literal.trimStart();
    push(trimLeft === undefined ? literal : literal.trimEnd());
    if (!inner.startsWith('/*')) pieces.push({ type: 'action', words: wordsOf(inner) });
    trims = trimRight !== undefined;
    end = found.index + all.length;
  }
  const rest = text.slice(end);
  if (rest.includes('{{')) throw new InvalidRequestError(`cannot read the template: an action is not closed`);
  push(trims ? rest.trimStart() : rest);
  return pieces;
}

function wordsOf(inner: string): string[] {
  const words: string[] = [];
  const text = inner.trimEnd();
  word.lastIndex = 0;
  while (word.lastIndex < text.length) {
    const found = word.exec(text);
    if (found?.[1] === undefined) {
      throw new InvalidRequestError(`cannot read the template: {{ ${inner} }} has a word that is not supported`);
    }
    words.push(found[1]);
  }
  return words;
}
