import type { LineCounter, Node } from 'yaml';

/** YAML that was read: its value, and what comes twice in it. */
export interface YamlText {
  readonly value: unknown;
  /** Such as `line 5: key "name" already set in map`, in the order of the document. */
  readonly duplicates: readonly string[];
}

/**
 * Reads YAML 1.1 as the real server does: `y` is true, and of keys that come twice the last one counts. Aliases are bounded: a few bytes
 * of YAML must not become gigabytes of objects. Throws an `Error` with what is wrong.
 */
export async function readYaml(text: string): Promise<YamlText> {
  const { parseDocument, LineCounter, isMap, isScalar, visit } = await import('yaml');
  const lineCounter: LineCounter = new LineCounter();
  const document = parseDocument(text, {
    version: '1.1',
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: 'silent',
    lineCounter,
  });
  const [problem] = document.errors;
  if (problem !== undefined) throw new Error(problem.message);
  const duplicates: string[] = [];
  visit(document, {
    Map: (_key, map) => {
      if (!isMap(map)) return;
      const seen = new Set<unknown>();
      for (const { key } of map.items) {
        if (!isScalar(key)) continue;
        if (seen.has(key.value)) {
          const { line } = lineCounter.linePos((key as Node).range?.[0] ?? 0);
          duplicates.push(`line ${line}: key ${JSON.stringify(String(key.value))} already set in map`);
        }
        seen.add(key.value);
      }
    },
  });
  return { value: document.toJS({ maxAliasCount: 100 }) as unknown, duplicates };
}
