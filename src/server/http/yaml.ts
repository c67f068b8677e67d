import type { LineCounter, Node } from 'yaml';
import { maxBodyBytes } from '../object/message.js';
import { failure, type StatusError } from '../object/status-error.js';
import { withoutDot } from './yaml-tags.js';

/** YAML that was read: its value, and what comes twice in it. */
export interface YamlText {
  readonly value: unknown;
  /** Such as `line 5: key "name" already set in map`, in the order of the document. */
  readonly duplicates: readonly string[];
}

/**
 * The bound on YAML that is not JSON: 128 KiB. Reading YAML takes a hundred times the time and ten times the memory of JSON of the same
 * size. At this bound it costs about as much as JSON at its own bound of 3 MiB.
 */
export const maxYamlBytes = 128 * 1024;

/**
 * Reads YAML 1.1 as the real server does: `y` is true, and of keys that come twice the last one counts. Aliases are bounded: a few bytes
 * of YAML must not become gigabytes of objects. Throws an `Error` with what is wrong,
 * and a StatusError for YAML above its bound.
 */
export async function readYaml(text: string): Promise<YamlText> {
  const json = readPlainJson(text);
  if (json !== undefined) return { value: json, duplicates: [] };
  if (Buffer.byteLength(text) > maxYamlBytes) throw tooLarge(`limit is ${maxYamlBytes} for YAML. Send JSON instead`);
  const { parseDocument, LineCounter, isMap, isScalar, visit } = await import('yaml');
  const lineCounter: LineCounter = new LineCounter();
  const document = parseDocument(text, {
    version: '1.1',
    customTags: withoutDot,
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: 'silent',
    lineCounter,
  });
  const [problem] = document.errors;
  if (problem !== undefined) throw new Error(problem.message);
  const twice: { line: number; key: string }[] = [];
  let aliases = 0;
  visit(document, {
    Alias: () => {
      aliases++;
    },
    Map: (_key, map) => {
      if (!isMap(map)) return;
      const seen = new Set<unknown>();
      for (const { key } of map.items) {
        if (!isScalar(key)) continue;
        if (seen.has(key.value)) {
          const { line } = lineCounter.linePos((key as Node).range?.[0] ?? 0);
          twice.push({ line, key: JSON.stringify(String(key.value)) });
        }
        seen.add(key.value);
      }
    },
  });
  twice.sort((a, b) => a.line - b.line);
  const duplicates = twice.map(({ line, key }) => `line ${line}: key ${key} already set in map`);
  const value: unknown = document.toJS({ maxAliasCount: 100 });
  if (aliases > 0 && (JSON.stringify(value) ?? '').length > maxBodyBytes)
    throw tooLarge(`limit is ${maxBodyBytes} with all aliases replaced`);
  return { value, duplicates };
}

function tooLarge(why: string): StatusError {
  return failure(413, 'RequestEntityTooLarge', `Request entity too large: ${why}`);
}

/** Deeper text is left to the reader of YAML, which refuses it. */
const deepest = 64;

/**
 * The value of text that is a JSON object, as most clients send where YAML may come: the same in both languages, and read in a small part
 * of the time. Undefined for all else, and where a key comes twice: then it has to be said where.
 */
function readPlainJson(text: string): unknown {
  if (!/^\s*\{/.test(text)) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  return countKeys(value, deepest) === writtenKeys(text) ? value : undefined;
}

/** Returns the number of keys in JSON text: the strings before a colon. */
function writtenKeys(text: string): number {
  let keys = 0;
  for (let start = text.indexOf('"'); start >= 0; ) {
    let end = start + 1;
    for (; text[end] !== '"'; end++) if (text[end] === '\\') end++;
    do end++;
    while (/\s/.test(text[end] ?? ''));
    if (text[end] === ':') keys++;
    start = text.indexOf('"', end);
  }
  return keys;
}

/** Returns the number of keys of all objects in a value, or NaN if it is too deep. */
function countKeys(value: unknown, depth: number): number {
  if (typeof value !== 'object' || value === null) return 0;
  if (depth === 0) return Number.NaN;
  const inside = Object.values(value);
  let keys = Array.isArray(value) ? 0 : inside.length;
  for (const one of inside) keys += countKeys(one, depth - 1);
  return keys;
}
