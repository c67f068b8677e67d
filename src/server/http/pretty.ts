import { header, type ServerRequest, type ServerResponse } from '../object/message.js';

/** Programs that show answers to people. */
const humans = ['curl', 'Wget', 'Mozilla/5.0'];

/** Reports whether the JSON of the answer is indented. `pretty` in the query decides; without it, the user agent does. */
export function wantsPretty(request: ServerRequest, query: URLSearchParams): boolean {
  const asked = query.get('pretty') ?? '';
  if (asked !== '') return ['1', 't', 'T', 'true', 'TRUE', 'True'].includes(asked);
  const agent = header(request, 'user-agent');
  return humans.some((name) => agent.startsWith(name));
}

/** The answer with its JSON indented by two spaces, as the real server does it; anything else as it is. */
export function indented(response: ServerResponse): ServerResponse {
  if (!String(response.headers['content-type']).startsWith('application/json')) return response;
  const indenter = new Indenter();
  const { body } = response;
  return {
    ...response,
    length: undefined,
    body: body instanceof Uint8Array ? indenter.push(body) : indentedChunks(body, indenter),
  };
}

async function* indentedChunks(chunks: AsyncIterable<Uint8Array>, indenter: Indenter): AsyncIterable<Uint8Array> {
  for await (const chunk of chunks) yield indenter.push(chunk);
}

const [quote, backslash, colon, comma] = [0x22, 0x5c, 0x3a, 0x2c];
const isOpen = (byte: number): boolean => byte === 0x7b || byte === 0x5b;
const isClose = (byte: number): boolean => byte === 0x7d || byte === 0x5d;
const isSpace = (byte: number): boolean => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;

/** Indents JSON that comes in pieces, without reading it: numbers and text stay as they were written. */
class Indenter {
  #depth = 0;
  #inText = false;
  #escaped = false;
  /** True directly after the start of an object or a list. An empty one stays on its line. */
  #opened = false;

  push(chunk: Uint8Array): Uint8Array {
    const out: number[] = [];
    for (const byte of chunk) {
      if (this.#inText) this.#text(byte, out);
      else if (!isSpace(byte)) this.#outside(byte, out);
    }
    return Uint8Array.from(out);
  }

  #text(byte: number, out: number[]): void {
    out.push(byte);
    if (this.#escaped) this.#escaped = false;
    else if (byte === backslash) this.#escaped = true;
    else if (byte === quote) this.#inText = false;
  }

  #outside(byte: number, out: number[]): void {
    if (isClose(byte)) {
      this.#depth--;
      if (!this.#opened) this.#newLine(out);
      this.#opened = false;
      out.push(byte);
      return;
    }
    if (this.#opened) this.#newLine(out);
    this.#opened = isOpen(byte);
    if (this.#opened) this.#depth++;
    out.push(byte);
    if (byte === quote) this.#inText = true;
    else if (byte === comma) this.#newLine(out);
    else if (byte === colon) out.push(0x20);
  }

  #newLine(out: number[]): void {
    out.push(0x0a);
    for (let i = 0; i < this.#depth; i++) out.push(0x20, 0x20);
  }
}
