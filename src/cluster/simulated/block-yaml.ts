/** One line of a document that is not empty. */
interface Line {
  readonly indent: number;
  readonly text: string;
}

const notPlain = Symbol('not plain');

/**
 * Reads YAML that consists of nothing but block mappings, block sequences and one-line scalars, as rendered templates mostly do:
 * many times faster than a complete parser. Returns undefined for any other document.
 */
export function parsePlainYaml(text: string): unknown {
  const lines: Line[] = [];
  for (const raw of text.split('\n')) {
    const trimmed = raw.trim();
    if (trimmed === '') continue;
    if (raw.includes('\t') || trimmed.startsWith('#')) return undefined;
    lines.push({ indent: raw.length - raw.trimStart().length, text: trimmed });
  }
  try {
    const parser = new PlainParser(lines);
    const value = lines.length === 0 ? null : parser.value(lines[0]?.indent ?? 0);
    return parser.isDone ? value : undefined;
  } catch (error) {
    if (error === notPlain) return undefined;
    throw error;
  }
}

class PlainParser {
  readonly #lines: Line[];
  #at = 0;

  constructor(lines: Line[]) {
    this.#lines = lines;
  }

  get isDone(): boolean {
    return this.#at === this.#lines.length;
  }

  value(indent: number): unknown {
    return this.#lines[this.#at]?.text.startsWith('- ') ? this.#sequence(indent) : this.#mapping(indent);
  }

  #sequence(indent: number): unknown[] {
    const items: unknown[] = [];
    for (;;) {
      const line = this.#lines[this.#at];
      if (line === undefined || line.indent !== indent || !line.text.startsWith('- ')) return items;
      const rest = line.text.slice(2).trimStart();
      if (keyOf(rest) === undefined) {
        this.#at++;
        items.push(scalar(rest));
        continue;
      }
      // The rest of the line is the first line of a mapping that is indented as far.
      this.#lines[this.#at] = { indent: indent + line.text.length - rest.length, text: rest };
      items.push(this.#mapping(indent + line.text.length - rest.length));
    }
  }

  #mapping(indent: number): Record<string, unknown> {
    const mapping: Record<string, unknown> = {};
    for (;;) {
      const line = this.#lines[this.#at];
      if (line === undefined || line.indent < indent || line.text.startsWith('- ')) return mapping;
      const key = keyOf(line.text);
      if (line.indent !== indent || key === undefined || Object.hasOwn(mapping, key)) throw notPlain;
      this.#at++;
      const rest = line.text.slice(key.length + 1).trim();
      mapping[key] = rest === '' ? this.#nested(indent) : scalar(rest);
    }
  }

  #nested(indent: number): unknown {
    const next = this.#lines[this.#at];
    if (next === undefined) return null;
    const isItem = next.text.startsWith('- ');
    return next.indent > indent || (next.indent === indent && isItem) ? this.value(next.indent) : null;
  }
}

/** Returns the key of `key: value`, if it is a plain word. */
function keyOf(text: string): string | undefined {
  const key = /^([A-Za-z][A-Za-z0-9_./-]*):(?: |$)/.exec(text)?.[1];
  return key === '__proto__' ? undefined : key;
}

function scalar(text: string): unknown {
  if (/^"(?:[^"\\]|\\["\\/bfnrt]|\\u[0-9a-fA-F]{4})*"$/.test(text)) return JSON.parse(text);
  if (text === 'true' || text === 'false' || text === 'null') return JSON.parse(text);
  if (/^(?:0|-?[1-9]\d{0,14})$/.test(text)) return Number(text);
  // Words that YAML could read as something else than text are left to the complete parser.
  if (/^[A-Za-z][A-Za-z0-9_-]*$/.test(text) && !/^(?:y|n|yes|no|on|off|true|false|null|nan|inf)$/i.test(text))
    return text;
  throw notPlain;
}
