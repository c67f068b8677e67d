/** A start tag of an HTML document. Texts are byte strings. */
export interface HtmlTag {
  /** In lower case. */
  readonly name: string;
  /** Names in lower case, and decoded values. Only the first attribute of a name counts. */
  readonly attributes: readonly HtmlAttribute[];
  readonly selfClosing: boolean;
  /** The index after the tag. */
  readonly end: number;
}

/** An attribute of a tag. */
interface HtmlAttribute {
  readonly name: string;
  readonly value: string;
}

const space = /[ \n\r\t\f]*/y;
const tagName = /[^ \n\r\t\f/>]+/y;
// A `=` at the beginning belongs to the name.
const attributeName = /=?[^ \n\r\t\f/>=]*/y;
const unquoted = /[^ \n\r\t\f>]*/y;

/** Reads the start tag at `start`, where a `<` and a letter stand. Returns undefined when the text ends before the tag does. */
export function readTag(text: string, start: number): HtmlTag | undefined {
  let at = start + 1;
  const take = (pattern: RegExp): string => {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0] ?? '';
    at += found.length;
    return found;
  };
  const name = take(tagName).toLowerCase();
  const attributes = new Map<string, string>();
  let lastIsUnquoted = false;
  for (;;) {
    take(space);
    if (at >= text.length) return undefined;
    if (text[at] === '>') break;
    const key = take(attributeName).toLowerCase();
    take(space);
    let value = '';
    lastIsUnquoted = false;
    if (text[at] === '/') at += 1;
    else if (text[at] === '=') {
      at += 1;
      take(space);
      const quote = text[at];
      if (quote === '"' || quote === "'") {
        const close = text.indexOf(quote, at + 1);
        if (close < 0) return undefined;
        value = text.slice(at + 1, close);
        at = close + 1;
      } else if (quote !== '>') {
        value = take(unquoted);
        lastIsUnquoted = true;
      }
    }
    if (key !== '' && !attributes.has(key)) attributes.set(key, decodeEntities(value));
  }
  // The slash of `<p a=/>` belongs to the value.
  const selfClosing = text[at - 1] === '/' && !lastIsUnquoted;
  const list = [...attributes].map(([key, value]) => ({ name: key, value }));
  return { name, attributes: list, selfClosing, end: at + 1 };
}

/** Writes a start tag. */
export function formatTag({ name, attributes, selfClosing }: Omit<HtmlTag, 'end'>): string {
  const written = attributes.map((attribute) => ` ${attribute.name}="${encodeEntities(attribute.value)}"`);
  return `<${name}${written.join('')}${selfClosing ? '/>' : '>'}`;
}

const decoded: { readonly [name: string]: string } = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
};

/** Decodes numeric references and the five of XML. Other names stay as they are written, which means the same. */
function decodeEntities(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(/&(?:#(\d+)|#[xX]([0-9A-Fa-f]+)|([A-Za-z]+));/g, (whole, decimal, hex, name) => {
    if (typeof name === 'string') return decoded[name] ?? whole;
    const code = typeof decimal === 'string' ? Number.parseInt(decimal, 10) : Number.parseInt(String(hex), 16);
    const isCharacter = code > 0 && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
    return Buffer.from(isCharacter ? String.fromCodePoint(code) : '\ufffd', 'utf8').toString('latin1');
  });
}

const encoded: { readonly [character: string]: string } = {
  '&': '&amp;',
  "'": '&#39;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&#34;',
  '\r': '&#13;',
};

function encodeEntities(text: string): string {
  return text.replace(/&(?![A-Za-z][A-Za-z0-9]*;)|['<>"\r]/g, (character) => encoded[character] ?? character);
}
