/** The most problems that are told of one object, as Go's decoder tells them. */
const mostProblems = 100;

/**
 * Returns the keys that come twice in one object of a JSON text, as `duplicate field "metadata.labels.x"`, and the unknown fields, which
 * are given, in the order of the text. What is inside an unknown field is not looked at. The text must be valid JSON.
 */
export function strictFieldProblems(text: string, unknown: readonly string[]): readonly string[] {
  const found = duplicateFields(text);
  if (found.length === 0 || unknown.length === 0) return [...found, ...unknown].slice(0, mostProblems);
  const ordered = duplicateFields(text, new Set(unknown));
  // What the text does not name as it is, such as an unknown field of the object's metadata that was read otherwise, comes last.
  return [...new Set([...ordered, ...unknown])].slice(0, mostProblems);
}

/**
 * Returns the keys that come twice in one object of a JSON text, as `duplicate field "metadata.labels.x"`, in the order of the text, and
 * among them the `unknown` ones. `JSON.parse` keeps the last and says nothing, so this reads the text once more. The text must be valid JSON.
 */
export function duplicateFields(text: string, unknown: ReadonlySet<string> = new Set()): string[] {
  const found: string[] = [];
  /** The number of open containers around an unknown field whose value is read now. */
  let skipBelow = Number.POSITIVE_INFINITY;
  /** Open containers: the keys seen in an object, or the index in a list. */
  const stack: { keys: Set<string> | undefined; index: number; name: string }[] = [];
  let expectKey = false;
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case openBrace:
        stack.push({ keys: new Set(), index: 0, name: '' });
        expectKey = true;
        break;
      case openBracket:
        stack.push({ keys: undefined, index: 0, name: '' });
        break;
      case closeBrace:
      case closeBracket:
        stack.pop();
        expectKey = false;
        break;
      case comma: {
        const top = stack.at(-1);
        if (top?.keys === undefined) {
          if (top !== undefined) top.index++;
        } else expectKey = true;
        break;
      }
      case quote: {
        const top = stack.at(-1);
        const end = stringEnd(text, at);
        if (expectKey && top?.keys !== undefined) {
          expectKey = false;
          const raw = text.slice(at, end + 1);
          const key = raw.includes('\\') ? String(JSON.parse(raw)) : raw.slice(1, -1);
          top.name = key;
          if (stack.length <= skipBelow) {
            const problem = unknown.size === 0 ? '' : `unknown field "${pathOf(stack)}"`;
            const isUnknown = unknown.has(problem);
            skipBelow = isUnknown ? stack.length : Number.POSITIVE_INFINITY;
            if (isUnknown) found.push(problem);
            else if (top.keys.has(key)) found.push(`duplicate field "${pathOf(stack)}"`);
            else top.keys.add(key);
          }
        }
        at = end;
        break;
      }
    }
  }
  return found.length === 0 ? found : [...new Set(found)];
}

const [openBrace, closeBrace, openBracket, closeBracket, comma, quote, backslash] = [
  0x7b, 0x7d, 0x5b, 0x5d, 0x2c, 0x22, 0x5c,
];

function stringEnd(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let first = end;
    while (text.charCodeAt(first - 1) === backslash) first--;
    // An even number of backslashes stand for themselves.
    if ((end - first) % 2 === 0) return end;
  }
  return text.length;
}

function pathOf(stack: readonly { keys: Set<string> | undefined; index: number; name: string }[]): string {
  return stack
    .map((level) => (level.keys === undefined ? `[${level.index}]` : level.name))
    .join('.')
    .replaceAll('.[', '[');
}
