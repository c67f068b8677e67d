/**
 * The keys that come twice in one object of a JSON text, as `duplicate field "metadata.labels.x"`, in the order of the text.
 * `JSON.parse` keeps the last and says nothing, so this reads the text once more. The text must be valid JSON.
 */
export function duplicateFields(text: string): string[] {
  const found: string[] = [];
  /** Open containers: the keys seen in an object, or the index in a list. */
  const stack: { keys: Set<string> | undefined; index: number; name: string }[] = [];
  let expectKey = false;
  for (let at = 0; at < text.length; at++) {
    const top = stack.at(-1);
    switch (text[at]) {
      case '{':
        stack.push({ keys: new Set(), index: 0, name: '' });
        expectKey = true;
        break;
      case '[':
        stack.push({ keys: undefined, index: 0, name: '' });
        break;
      case '}':
      case ']':
        stack.pop();
        expectKey = false;
        break;
      case ',':
        if (top?.keys === undefined) {
          if (top !== undefined) top.index++;
        } else expectKey = true;
        break;
      case '"': {
        const end = stringEnd(text, at);
        if (expectKey && top?.keys !== undefined) {
          expectKey = false;
          const raw = text.slice(at, end + 1);
          const key = raw.includes('\\') ? String(JSON.parse(raw)) : raw.slice(1, -1);
          top.name = key;
          if (top.keys.has(key)) found.push(`duplicate field "${pathOf(stack)}"`);
          else top.keys.add(key);
        }
        at = end;
        break;
      }
    }
  }
  return [...new Set(found)];
}

function stringEnd(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at;
}

function pathOf(stack: readonly { keys: Set<string> | undefined; index: number; name: string }[]): string {
  return stack
    .map((level) => (level.keys === undefined ? `[${level.index}]` : level.name))
    .join('.')
    .replaceAll('.[', '[');
}
