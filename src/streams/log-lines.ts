/** One line of a log. */
export interface LogLine {
  /** Without the line end, and without the timestamp. */
  readonly text: string;
  /** The time of writing with nanoseconds, as the node recorded it. Present with `timestamps`. */
  readonly time?: string | undefined;
  /** True: the line was longer than `maxLineBytes`, and this is a piece of it that more pieces follow. */
  readonly partial?: true | undefined;
}

const NEWLINE = 0x0a;
const TIME = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)) ?/;

/** Splits bytes into lines. Chunks may end anywhere, also within a character. Holds at most one piece of a line. */
export async function* logLines(
  chunks: AsyncIterable<Uint8Array>,
  { timestamps, maxLineBytes }: { readonly timestamps: boolean; readonly maxLineBytes: number },
): AsyncGenerator<LogLine> {
  let held: Buffer[] = [];
  let length = 0;
  let time: string | undefined;
  let continued = false;
  const take = (partial: boolean): LogLine => {
    const whole = Buffer.concat(held);
    const cut = partial ? wholeCharacters(whole) : whole.length;
    held = cut < whole.length ? [whole.subarray(cut)] : [];
    length = whole.length - cut;
    let text = whole.toString('utf8', 0, cut);
    if (timestamps && !continued) {
      const found = TIME.exec(text);
      time = found?.[1];
      text = text.slice(found?.[0].length ?? 0);
    }
    continued = partial;
    return { text, ...(time === undefined ? {} : { time }), ...(partial ? { partial } : {}) };
  };
  for await (const chunk of chunks) {
    let rest = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    while (rest.length > 0) {
      const at = rest.indexOf(NEWLINE);
      const room = maxLineBytes - length;
      const end = at < 0 ? rest.length : at;
      if (end > room) {
        held.push(rest.subarray(0, room));
        rest = rest.subarray(room);
        yield take(true);
        continue;
      }
      held.push(rest.subarray(0, end));
      length += end;
      if (at < 0) break;
      rest = rest.subarray(at + 1);
      yield take(false);
    }
    // Small rests are copied, so that they do not keep large chunks.
    if (held.length > 0) held = [Buffer.concat(held)];
  }
  if (length > 0) yield take(false);
}

/** Returns how many bytes to take so that no character is cut in two. */
function wholeCharacters(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(4, bytes.length); back++) {
    const byte = bytes[bytes.length - back] ?? 0;
    if ((byte & 0xc0) === 0x80) continue;
    const needed = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return needed > back && bytes.length > back ? bytes.length - back : bytes.length;
  }
  return bytes.length;
}
