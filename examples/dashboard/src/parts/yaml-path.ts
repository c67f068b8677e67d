/** The place of the cursor in a YAML text. */
export interface YamlPlace {
  /** The keys from the top to the mapping that the cursor is in. Lists have no key of their own. */
  readonly parents: readonly string[];
  /** The key of the line, if it has one. */
  readonly key: string | undefined;
  /** True if the cursor is after the colon. */
  readonly inValue: boolean;
}

/** Leading spaces and dashes, then a key. */
const keyLine = /^((?: |- )*)([\w./"'-]+):(?:\s|$)/;

/** Finds the place of a position by indentation: it works while the text is being written and not valid yet. */
export function yamlPlace(text: string, position: number): YamlPlace {
  const before = text.slice(0, position).split('\n');
  const start = before.pop() ?? '';
  const end = text.indexOf('\n', position);
  const line = start + text.slice(position, end < 0 ? undefined : end);
  const [, , key] = keyLine.exec(line) ?? [];
  let depth = /^(?: |- )*/.exec(line)?.[0].length ?? 0;
  const parents: string[] = [];
  for (const above of before.reverse()) {
    if (depth === 0 || above.startsWith('---')) break;
    const [, indent, name] = keyLine.exec(above) ?? [];
    if (indent === undefined || name === undefined || indent.length >= depth) continue;
    parents.unshift(plain(name));
    depth = indent.length;
  }
  return {
    parents,
    key: key === undefined ? undefined : plain(key),
    inValue: key !== undefined && start.includes(':'),
  };
}

function plain(name: string): string {
  return name.replaceAll(/^["']|["']$/g, '');
}
