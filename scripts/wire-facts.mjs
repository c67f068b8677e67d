// Makes generated/facts/wire.json from the published wire facts of the built-in kinds: node scripts/wire-facts.mjs FILE
// OpenAPI does not say which fields the JSON form leaves out when they are empty; these facts do.
import { readFile, writeFile } from 'node:fs/promises';

const [, , source] = process.argv;
if (source === undefined) throw new Error('say which file to read: node scripts/wire-facts.mjs v1.36.json');
const { kinds, types } = JSON.parse(await readFile(source, 'utf8'));
const index = JSON.parse(await readFile(new URL('../generated/facts/index.json', import.meta.url), 'utf8'));
const served = new Set(
  index.groups.flatMap(({ group, versions }) => versions.map((v) => (group ? `${group}/${v}` : v))),
);
served.add('meta.k8s.io/v1');

const short = (name) =>
  name.replace(/^k8s\.io\/(api|apimachinery\/pkg|kube-aggregator\/pkg\/apis|apiextensions-apiserver\/pkg\/apis)\//, '');
const flags = (field) =>
  [
    ['list', 'l'],
    ['map', 'm'],
    ['omitempty', 'o'],
    ['omitzero', 'z'],
    ['pointer', 'p'],
    ['inline', 'i'],
  ]
    .filter(([name]) => field[name])
    .map(([, letter]) => letter)
    .join('');

const wanted = new Map();
const want = (name) => {
  const type = types[name];
  if (type === undefined || wanted.has(name)) return;
  wanted.set(name, type);
  if (type.elem) want(type.elem);
  if (!type.customJSON) for (const field of type.fields ?? []) want(field.type);
};
const kept = Object.entries(kinds).filter(
  ([kind]) => served.has(kind.slice(0, kind.lastIndexOf('/'))) && !kind.endsWith('List'),
);
for (const [, type] of kept) want(type);

const describe = (type) => {
  if (type.customJSON) return 'custom';
  if (type.kind === 'list') return short(type.elem);
  return type.fields.flatMap((field) => {
    if (field.type.endsWith('.TypeMeta'))
      return [
        ['kind', 'string', 0, 'o'],
        ['apiVersion', 'string', 0, 'o'],
      ];
    const row = [field.name, short(field.type), field.number ?? 0];
    return [flags(field) === '' ? row : [...row, flags(field)]];
  });
};
const lines = (entries) => entries.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`).join(',\n');
const text = `{"kinds":{\n${lines(kept.map(([kind, type]) => [kind, short(type)]))}\n},"types":{\n${lines(
  [...wanted].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, type]) => [short(name), describe(type)]),
)}\n}}\n`;
await writeFile(new URL('../generated/facts/wire.json', import.meta.url), text);
