// Makes generated/facts/wire/ from the published wire facts of the built-in kinds: node scripts/wire-facts.mjs FILE
// OpenAPI says neither the numbers of protobuf fields nor which fields the JSON form leaves out when they are empty; these do.
// One file per Go package, so that whoever reads one kind loads what that kind needs; index.json says where a kind is looked for.
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { furtherKinds, furtherTypes } from './wire-facts-further.mjs';

const [, , source] = process.argv;
if (source === undefined) throw new Error('say which file to read: node scripts/wire-facts.mjs v1.36.json');
const { kinds, types } = JSON.parse(await readFile(source, 'utf8'));

const short = (name) =>
  name.replace(/^k8s\.io\/(api|apimachinery\/pkg|kube-aggregator\/pkg\/apis|apiextensions-apiserver\/pkg\/apis)\//, '');
const packageOf = (name) => name.slice(0, name.lastIndexOf('.'));

/** A letter each; a field without any has none. */
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

/** `custom`, the element of a named list, or the fields as [name, type, number, flags?], in the order of the JSON form. */
const describe = (type) => {
  if (type.customJSON) return 'custom';
  if (type.kind === 'list') return short(type.elem);
  return type.fields.flatMap((field) => {
    // TypeMeta is inline in JSON and absent from protobuf, where the envelope carries it.
    if (field.type.endsWith('/v1.TypeMeta'))
      return [
        ['kind', 'string', 0, 'o'],
        ['apiVersion', 'string', 0, 'o'],
      ];
    const row = [field.name, short(field.type), field.number ?? 0];
    return [flags(field) === '' ? row : [...row, flags(field)]];
  });
};

const wanted = new Map();
const want = (name) => {
  const type = types[name];
  if (type === undefined || wanted.has(name)) return;
  wanted.set(name, type);
  if (type.elem) want(type.elem);
  if (!type.customJSON) for (const field of type.fields ?? []) want(field.type);
};
for (const type of Object.values(kinds)) want(type);

const index = {};
const packages = new Map();
const inPackage = (name) => {
  const path = packageOf(name);
  if (!packages.has(path)) packages.set(path, { kinds: {}, types: {} });
  return packages.get(path);
};
const addKind = (gvk, type) => {
  const slash = gvk.lastIndexOf('/');
  const [apiVersion, kind] = [gvk.slice(0, slash), gvk.slice(slash + 1)];
  // The kinds that all groups share live in the package of meta.k8s.io, and are looked for there last.
  if (packageOf(type) !== 'apis/meta/v1') index[apiVersion] = packageOf(type);
  const name = type.slice(packageOf(type).length + 1);
  if (name !== kind) throw new Error(`${gvk} is called ${type}`);
  inPackage(type).kinds[kind] = type;
};
const addType = (name, description) => {
  // Types with a form of their own are known to the codec by name.
  if (description !== 'custom') inPackage(name).types[name] = description;
};
for (const [kind, type] of Object.entries(kinds)) addKind(kind, short(type));
for (const [name, type] of wanted) addType(short(name), describe(type));
for (const [kind, type] of Object.entries(furtherKinds)) addKind(kind, type);
for (const [name, description] of Object.entries(furtherTypes)) addType(name, description);

const sorted = (object) => Object.fromEntries(Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1)));
const lines = (object) =>
  Object.entries(sorted(object))
    .map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`)
    .join(',\n');
const folder = new URL('../generated/facts/wire/', import.meta.url);
const write = async (path, text) => {
  const file = new URL(`${path}.json`, folder);
  await mkdir(dirname(file.pathname), { recursive: true });
  await writeFile(file, text);
};
// The names of Go types are recorded by record-go-types.mjs.
const goTypes = await readFile(new URL('go-types.json', folder));
await rm(folder, { recursive: true, force: true });
await write('index', `{\n${lines(index)}\n}\n`);
for (const [path, { kinds: own, types: described }] of packages) {
  if (Object.keys(described).length === 0) continue;
  await write(path, `{"kinds":{\n${lines(own)}\n},"types":{\n${lines(described)}\n}}\n`);
}
await writeFile(new URL('go-types.json', folder), goTypes);
