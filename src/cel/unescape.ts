const plain: { readonly [char: string]: number } = {
  a: 7,
  b: 8,
  f: 12,
  n: 10,
  r: 13,
  t: 9,
  v: 11,
  '\\': 92,
  "'": 39,
  '"': 34,
  '`': 96,
  '?': 63,
};

/** Returns the value of a string literal with its quotes, or undefined if it has none (`"\ud800"`). */
export function unescapeText(literal: string): string | undefined {
  const { body, raw } = bodyOf(literal);
  if (raw) return body;
  let out = '';
  for (const [code, text] of partsOf(body)) {
    if (code === undefined) out += text;
    else if (code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) return undefined;
    else out += String.fromCodePoint(code);
  }
  return out;
}

/** The bytes that a literal means, without its `b`; undefined where it has escapes that bytes may not have. */
export function unescapeBytes(literal: string): Uint8Array | undefined {
  const { body, raw } = bodyOf(literal);
  if (raw) return Buffer.from(body);
  const out: number[] = [];
  for (const [code, text] of partsOf(body)) {
    if (code === undefined) out.push(...Buffer.from(text));
    else if (/^\\[uU]/.test(text)) return undefined;
    else out.push(code);
  }
  return Uint8Array.from(out);
}

function bodyOf(literal: string): { body: string; raw: boolean } {
  const raw = /^[rR]/.test(literal);
  const quoted = raw ? literal.slice(1) : literal;
  const marks = quoted.startsWith('"""') || quoted.startsWith("'''") ? 3 : 1;
  return { body: quoted.slice(marks, -marks).replaceAll('\r\n', '\n').replaceAll('\r', '\n'), raw };
}

/** The characters of a body, each with its number where it is escaped. */
function partsOf(body: string): [code: number | undefined, text: string][] {
  const parts =
    body.match(/\\(?:[xX][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-3][0-7]{2}|[\s\S])|[^\\]+/g) ?? [];
  return parts.map((text) => {
    if (!text.startsWith('\\')) return [undefined, text];
    const rest = text.slice(1);
    if (rest.length > 1)
      return [/^[0-3]/.test(rest) ? Number.parseInt(rest, 8) : Number.parseInt(rest.slice(1), 16), text];
    return [plain[rest], text];
  });
}
