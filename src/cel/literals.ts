import type { Literal } from './ast.js';
import type { Token } from './lexer.js';
import { unescapeBytes, unescapeText } from './unescape.js';
import { CelUint, type CelValue } from './values.js';

const [least, most] = [-(2n ** 63n), 2n ** 63n - 1n];

/** The literal a token is, or why it is none that can be had. `signed` is the token behind a minus sign. */
export function literalOf(token: Token, signed: Token | undefined): Literal | { readonly message: string } | undefined {
  const value = signed === undefined ? wordValue(token, '') : wordValue(signed, '-');
  if (value === undefined || (typeof value === 'object' && value !== null && 'message' in value)) return value;
  return { kind: 'literal', offset: token.offset, value };
}

function wordValue({ kind, text }: Token, sign: string): CelValue | undefined | { readonly message: string } {
  switch (kind) {
    case 'int': {
      const value = sign === '' ? BigInt(text) : -BigInt(text);
      return value < least || value > most ? { message: 'invalid int literal' } : value;
    }
    case 'double': {
      const value = Number(sign + text);
      return Number.isFinite(value) ? value : { message: 'invalid double literal' };
    }
    default:
      return sign === '' ? unsignedValue(kind, text) : undefined;
  }
}

function unsignedValue(kind: Token['kind'], text: string): CelValue | undefined | { readonly message: string } {
  switch (kind) {
    case 'uint': {
      const value = BigInt(text.slice(0, -1));
      return value >= 2n ** 64n ? { message: 'invalid uint literal' } : new CelUint(value);
    }
    case 'string':
      return unescapeText(text) ?? { message: 'unable to unescape string' };
    case 'bytes':
      return unescapeBytes(text.slice(1)) ?? { message: 'unable to unescape string' };
    case 'sign':
      return { true: true, false: false, null: null }[text];
    default:
      return undefined;
  }
}
