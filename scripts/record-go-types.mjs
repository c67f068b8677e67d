/**
 * Records how a kube-apiserver names the Go types of fields, in generated/facts/wire/go-types.json:
 *
 *   node scripts/record-go-types.mjs --server URL --token TOKEN
 *
 * It sends a value of the wrong type for each field of each kind, and reads the name in the answer. Only names that do not follow from
 * the other facts are written down.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { Agent, request } from 'undici';

const { values } = parseArgs({ options: { server: { type: 'string' }, token: { type: 'string' } } });
if (values.server === undefined || values.token === undefined)
  throw new Error('cannot record names without a server: give --server and --token');

const folder = new URL('../generated/facts/wire/', import.meta.url);
const read = (file) => JSON.parse(readFileSync(new URL(file, folder), 'utf8'));
const index = read('index.json');
const types = {};
for (const file of readdirSync(folder, { recursive: true }))
  if (file.endsWith('.json') && !['index.json', 'go-types.json'].includes(file)) Object.assign(types, read(file).types);

const dispatcher = new Agent({ connect: { rejectUnauthorized: false } });
const headers = { authorization: `Bearer ${values.token}`, 'content-type': 'application/json' };
const scalars = new Set(['string', 'bool', 'int32', 'int64', 'float64', 'bytes']);
const names = {};
const seen = new Set();

async function send(method, path, body) {
  const answer = await request(`${values.server}${path}`, { method, dispatcher, headers, body: JSON.stringify(body) });
  return answer.body.json();
}

/** The kinds that can be created, each with the path to do so. Subresources come last: most of their types are known by then. */
async function roots() {
  const { groups } = await send('GET', '/apis');
  const versions = ['v1', ...groups.flatMap((group) => group.versions.map(({ groupVersion }) => groupVersion))];
  const found = [];
  for (const version of versions) {
    const base = version === 'v1' ? '/api/v1' : `/apis/${version}`;
    const { resources = [] } = await send('GET', base);
    for (const { name, kind, verbs, namespaced, version: own, group } of resources) {
      const apiVersion = own ? `${group ? `${group}/` : ''}${own}` : version;
      const type = `${index[apiVersion]}.${kind}`;
      const [plural, subresource] = name.split('/');
      if (!verbs.includes('create') || types[type] === undefined || /exec|attach|proxy|portforward/.test(name))
        continue;
      const path = `${base}${namespaced ? '/namespaces/default' : ''}/${plural}${subresource ? `/none/${subresource}` : ''}`;
      found.push({ apiVersion, kind, type, path: `${path}?dryRun=All&fieldValidation=Ignore` });
    }
  }
  return found.sort((a, b) => a.path.split('/').length - b.path.split('/').length);
}

/** Visits the fields of a type. `wrap` makes a whole body of a value of that type. */
async function visit(root, type, wrap, isRoot = false) {
  if (seen.has(type) || !Array.isArray(types[type])) return;
  seen.add(type);
  for (const [name, fieldType, flags] of fieldsOf(type))
    if (!isRoot || (name !== 'kind' && name !== 'apiVersion'))
      await visitField(root, type, name, fieldType, flags, wrap);
}

function fieldsOf(type) {
  return types[type].flatMap(([name, of, , flags = '']) => (flags.includes('i') ? fieldsOf(of) : [[name, of, flags]]));
}

async function visitField(root, owner, name, type, flags, wrap) {
  const [list, map] = [flags.includes('l'), flags.includes('m')];
  const body = (value) => wrap({ [name]: list ? [value] : map ? { a: value } : value });
  const short = type === 'bytes' ? '[]uint8' : type.slice(type.lastIndexOf('/') + 1);
  const wrong = scalars.has(type) ? {} : 1;
  const hasOwnForm = !scalars.has(type) && types[type] === undefined;
  const id = `${owner}.${name}`;
  if (list || map) await record(root, id, wrap({ [name]: true }), `${list ? '[]' : 'map[string]'}${short}`);
  const item = names[id]?.startsWith('[]') ? names[id].slice(2) : short;
  if (!hasOwnForm) await record(root, list || map ? `${id}[]` : id, body(wrong), item);
  await visit(root, type, body);
}

async function record(root, id, body, expected) {
  const { message = '' } = await send('POST', root.path, { apiVersion: root.apiVersion, kind: root.kind, ...body });
  const name = / of type (\S.*)$/.exec(message)?.[1];
  if (name === undefined) console.log(`${id}: no type in ${message.slice(0, 120)}`);
  else if (name !== expected) names[id] = name;
}

for (const root of await roots()) await visit(root, root.type, (value) => value, true);
const lines = Object.entries(names)
  .sort(([a], [b]) => (a < b ? -1 : 1))
  .map(([id, name]) => `${JSON.stringify(id)}:${JSON.stringify(name)}`);
writeFileSync(new URL('go-types.json', folder), `{\n${lines.join(',\n')}\n}\n`);
console.log(`${lines.length} names of ${seen.size} types`);
process.exit(0);
