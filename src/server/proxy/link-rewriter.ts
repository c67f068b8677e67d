import { Transform, type TransformCallback } from 'node:stream';
import { formatTag, type HtmlTag, readTag } from './html-tag.js';

/** The attributes that hold a URL, by tag. */
const linkAttributes: ReadonlyMap<string, readonly string[]> = new Map([
  ['a', ['href']],
  ['applet', ['codebase']],
  ['area', ['href']],
  ['audio', ['src']],
  ['base', ['href']],
  ['blockquote', ['cite']],
  ['body', ['background']],
  ['button', ['formaction']],
  ['command', ['icon']],
  ['del', ['cite']],
  ['embed', ['src']],
  ['form', ['action']],
  ['frame', ['longdesc', 'src']],
  ['head', ['profile']],
  ['html', ['manifest']],
  ['iframe', ['longdesc', 'src']],
  ['img', ['longdesc', 'src', 'usemap']],
  ['input', ['src', 'usemap', 'formaction']],
  ['ins', ['cite']],
  ['link', ['href']],
  ['object', ['classid', 'codebase', 'data', 'usemap']],
  ['q', ['cite']],
  ['script', ['src']],
  ['source', ['src']],
  ['video', ['poster', 'src']],
]);

/** Tags whose content is text up to the end tag of the same name. */
const rawTags = new Set(['iframe', 'noembed', 'noframes', 'noscript', 'script', 'style', 'textarea', 'title', 'xmp']);

/** A tag that is longer passes as it is. */
const mostPending = 256 * 1024;

/** Rewrites the links of an HTML document as it passes. Start tags are written anew, everything else stays as it is. */
export class LinkRewriter extends Transform {
  readonly #rewrite: (url: string) => string;
  /** The beginning of a construct whose end has not arrived. */
  #pending = '';
  /** The tag whose end tag ends the present text. */
  #rawTag: string | undefined;

  /** `rewrite` takes and returns the URL of an attribute, as a byte string. */
  constructor(rewrite: (url: string) => string) {
    super();
    this.#rewrite = rewrite;
  }

  override _transform(chunk: Buffer, _encoding: string, done: TransformCallback): void {
    const text = this.#pending + chunk.toString('latin1');
    const { written, rest } = this.#rewritten(text);
    const isTooLong = rest.length > mostPending;
    this.#pending = isTooLong ? '' : rest;
    done(null, Buffer.from(isTooLong ? written + rest : written, 'latin1'));
  }

  override _flush(done: TransformCallback): void {
    done(null, Buffer.from(this.#pending, 'latin1'));
  }

  #rewritten(text: string): { written: string; rest: string } {
    let written = '';
    let at = 0;
    while (at < text.length) {
      const end = this.#rawTag === undefined ? nextConstruct(text, at) : this.#endOfRawText(text, at, this.#rawTag);
      written += text.slice(at, end);
      at = end;
      if (at >= text.length) break;
      const construct = this.#construct(text, at);
      if (construct === undefined) break;
      written += construct.written;
      at = construct.end;
    }
    return { written, rest: text.slice(at) };
  }

  /** Returns the index of the end tag, or of what may become one. */
  #endOfRawText(text: string, from: number, tag: string): number {
    const pattern = new RegExp(`</${tag}(?:[ \\n\\r\\t\\f/>]|$)|<(?:/[a-z]*)?$`, 'gi');
    pattern.lastIndex = from;
    const found = pattern.exec(text);
    if (found === null) return text.length;
    const isWhole = found[0].length === tag.length + 3;
    if (isWhole) this.#rawTag = undefined;
    return found.index;
  }

  /** Reads one tag, comment or declaration. Returns undefined while its end is missing. */
  #construct(text: string, at: number): { written: string; end: number } | undefined {
    if (this.#rawTag !== undefined) return undefined;
    if (/[A-Za-z]/.test(text[at + 1] ?? '')) return this.#startTag(text, at);
    const end = endOfOther(text, at);
    return end === undefined ? undefined : { written: text.slice(at, end), end };
  }

  #startTag(text: string, at: number): { written: string; end: number } | undefined {
    const tag = readTag(text, at);
    if (tag === undefined) return undefined;
    if (rawTags.has(tag.name)) this.#rawTag = tag.name;
    return { written: formatTag(this.#linked(tag)), end: tag.end };
  }

  #linked(tag: HtmlTag): HtmlTag {
    const links = linkAttributes.get(tag.name);
    if (links === undefined) return tag;
    const attributes = tag.attributes.map(({ name, value }) =>
      links.includes(name) ? { name, value: this.#rewrite(value) } : { name, value },
    );
    return { ...tag, attributes };
  }
}

/** Returns the index of the next `<` that begins something, or that ends the text. */
function nextConstruct(text: string, from: number): number {
  const pattern = /<(?:[A-Za-z/!?]|$)/g;
  pattern.lastIndex = from;
  return pattern.exec(text)?.index ?? text.length;
}

/** Returns the index after an end tag, a comment or a declaration. */
function endOfOther(text: string, at: number): number | undefined {
  if (text.length < at + 4 && '<!--'.startsWith(text.slice(at))) return undefined;
  if (text.startsWith('<!--', at)) {
    const pattern = /^<!-->|^<!--->|--!?>/g;
    const comment = text.slice(at);
    pattern.lastIndex = comment.startsWith('<!-->') || comment.startsWith('<!--->') ? 0 : 4;
    const found = pattern.exec(comment);
    return found === null ? undefined : at + found.index + found[0].length;
  }
  if (/^<\/[A-Za-z]/.test(text.slice(at, at + 3))) return readTag(text, at + 1)?.end;
  const close = text.indexOf('>', at);
  return close < 0 ? undefined : close + 1;
}
