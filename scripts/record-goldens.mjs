/**
 * Records test/fixtures/protobuf/goldens.json.br: objects with every field set, as a kube-apiserver writes them in JSON and in protobuf.
 *
 *   node scripts/record-goldens.mjs --server https://127.0.0.1:6443 --token TOKEN --etcd http://127.0.0.1:2379
 *
 * The objects are made from the OpenAPI documents in test/fixtures/openapi and put into etcd, as no validation would let all fields pass.
 * Use a server of its own for this, with every API enabled and without a controller manager.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { parseArgs } from 'node:util';
import { brotliCompressSync, brotliDecompressSync, constants } from 'node:zlib';

const { values: options } = parseArgs({
  options: { server: { type: 'string' }, token: { type: 'string' }, etcd: { type: 'string' } },
});
const fixtures = new URL('../test/fixtures/', import.meta.url);
const packed = await readFile(new URL('openapi/v1.36.json.br', fixtures));
const documents = JSON.parse(brotliDecompressSync(packed).toString());

/** Etcd's keys of resources that are not stored under their plural. */
const keys = {
  nodes: 'minions',
  replicationcontrollers: 'controllers',
  services: 'services/specs',
  endpoints: 'services/endpoints',
  ingresses: 'ingress',
  customresourcedefinitions: 'apiextensions.k8s.io/customresourcedefinitions',
  apiservices: 'apiregistration.k8s.io/apiservices',
};

/** Fields of a schema that hold schemas. */
const schemaFields = new Set([
  ...['additionalItems', 'additionalProperties', 'allOf', 'anyOf', 'oneOf', 'not', 'items', 'properties'],
  ...['patternProperties', 'definitions', 'dependencies'],
]);

const json = 'application/json';
const protobuf = 'application/vnd.kubernetes.protobuf';
/** APIServices have a name of two parts. */
const name = 'golden.v1';
const goldens = {};

/** Makes values with every field set. */
class Maker {
  #count = 0;

  constructor(schemas) {
    this.schemas = schemas;
  }

  object(schema, path) {
    const out = {};
    for (const [field, inner] of Object.entries(schema.properties ?? {})) {
      const value = this.value(inner, [...path, field]);
      if (value !== undefined) out[field] = value;
    }
    return out;
  }

  value(schema, path) {
    const field = path.at(-1);
    const ref = refOf(schema);
    if (ref !== undefined) return this.#named(ref, path);
    this.#count += 1;
    if (schema.type === 'array') return this.#list([this.value(schema.items, path)]);
    if (schema.type === 'object' && schema.additionalProperties) {
      const value = this.value(schema.additionalProperties, path);
      return value === undefined ? undefined : { [`${field}-b`]: value, [`${field}-a`]: value };
    }
    if (schema.type === 'object' || schema.type === undefined) return { [field]: [this.#count] };
    if (schema.type === 'boolean') return true;
    if (schema.type === 'number') return this.#count + 0.5;
    if (schema.type === 'integer') return this.#count;
    if (schema.enum !== undefined) return schema.enum.at(-1);
    if (schema.format === 'byte') return Buffer.from(`${field}\u0000\u00ff${this.#count}`).toString('base64');
    return field === 'fieldsType' ? 'FieldsV1' : `${field}-\u00fc-${this.#count}`;
  }

  #list(items) {
    return items[0] === undefined ? undefined : items;
  }

  #named(ref, path) {
    this.#count += 1;
    const type = ref.split('.').at(-1);
    const time = new Date(Date.UTC(2026, 0, 1, 0, 0, this.#count)).toISOString();
    if (type === 'Time') return time.replace('.000', '');
    if (type === 'MicroTime') return time.replace('.000', `.${100_000 + this.#count}`);
    if (type === 'Quantity') return `${this.#count}m`;
    if (type === 'IntOrString') return this.#count % 2 === 0 ? this.#count : `${this.#count}%`;
    if (type === 'Duration') return `${this.#count}s`;
    if (type === 'FieldsV1') return { 'f:data': { '.': {}, [`f:${this.#count}`]: {} } };
    if (type === 'JSON') return { any: [this.#count, null, 'text', { deep: 0.5 }] };
    if (type === 'RawExtension') return { apiVersion: 'v1', kind: 'Raw', number: this.#count };
    if (type === 'JSONSchemaPropsOrBool') return true;
    const isSchema = type.startsWith('JSONSchemaProps');
    if (isSchema && path.filter((field) => schemaFields.has(field)).length > 1) return undefined;
    if (type === 'JSONSchemaPropsOrStringArray') return [`text-${this.#count}`];
    const schema = this.schemas[type === 'JSONSchemaPropsOrArray' ? ref.replace(/OrArray$/, '') : ref];
    if (schema === undefined) throw new Error(`cannot make ${ref}: no schema`);
    return schema.type === 'object' && schema.properties !== undefined
      ? this.object(schema, path)
      : this.value(schema, path);
  }
}

for (const document of Object.values(documents)) {
  const schemas = document.components?.schemas ?? {};
  for (const [path, operations] of Object.entries(document.paths ?? {})) {
    const read = operations.get;
    if (!path.endsWith('/{name}') || read?.['x-kubernetes-action'] !== 'get') continue;
    const { group, version, kind } = read['x-kubernetes-group-version-kind'];
    const schema = schemas[refOf(read.responses['200'].content[json].schema)];
    if (kind === 'ComponentStatus' || schema === undefined) continue;
    await recordStored({ group, version, kind, path, schema, schemas });
  }
}
for (const [title, path, body, as] of answers()) await record(title, path, body, as);

const text = JSON.stringify(goldens);
const size = { params: { [constants.BROTLI_PARAM_LGWIN]: 24, [constants.BROTLI_PARAM_SIZE_HINT]: text.length } };
const bytes = brotliCompressSync(text, size);
await writeFile(new URL('protobuf/goldens.json.br', fixtures), bytes);
console.log(`recorded ${Object.keys(goldens).length} objects in ${bytes.length} bytes`);

/** Puts a full object of a kind into etcd, records how the server writes it, and removes it. */
async function recordStored({ group, version, kind, path, schema, schemas }) {
  const plural = path.split('/').at(-2);
  const apiVersion = group === '' ? version : `${group}/${version}`;
  const namespace = path.includes('{namespace}') ? 'default' : undefined;
  const object = { ...new Maker(schemas).object(schema, []), apiVersion, kind };
  object.metadata = { ...object.metadata, name, namespace };
  const key = ['/registry', keys[plural] ?? plural, ...(namespace === undefined ? [] : [namespace]), name].join('/');
  const encoded = Buffer.from(key).toString('base64');
  await etcd('put', { key: encoded, value: Buffer.from(JSON.stringify(object)).toString('base64') });
  const url = path.replace('{namespace}', 'default').replace('{name}', name);
  await record(`${apiVersion} ${kind}`, url);
  if (['Pod', 'ConfigMap', 'Event'].includes(kind)) {
    const list = `${url.slice(0, url.lastIndexOf('/'))}?fieldSelector=metadata.name=${name}`;
    await record(`${apiVersion} ${kind}List`, list);
    await record(
      `${apiVersion} ${kind} as PartialObjectMetadata`,
      url,
      undefined,
      'as=PartialObjectMetadata;g=meta.k8s.io;v=v1',
    );
  }
  if (['Deployment', 'ReplicationController'].includes(kind))
    await record(`${apiVersion} ${kind} scale`, `${url}/scale`);
  await etcd('deleterange', { key: encoded });
}

/** Objects that a server answers without storing them. */
function answers() {
  const attributes = {
    namespace: 'default',
    verb: 'get',
    resource: 'pods',
    name: 'a',
    group: '',
    version: 'v1',
    subresource: 'log',
  };
  const fieldSelector = { requirements: [{ key: 'spec.nodeName', operator: 'In', values: ['a', 'b'] }] };
  const access = {
    resourceAttributes: { ...attributes, fieldSelector },
    user: 'jane',
    groups: ['a', 'b'],
    uid: '7',
    extra: { k: ['v'] },
  };
  const review = (kind, spec) => ({
    apiVersion: 'authorization.k8s.io/v1',
    kind,
    metadata: { labels: { a: 'b' } },
    spec,
  });
  const authorization = '/apis/authorization.k8s.io/v1';
  const authentication = { apiVersion: 'authentication.k8s.io/v1', metadata: {} };
  const local = { ...review('LocalSubjectAccessReview', access), metadata: { namespace: 'default' } };
  return [
    ['Status of an unknown object', '/api/v1/namespaces/default/pods/none'],
    [
      'Status of an invalid object',
      '/api/v1/namespaces/default/configmaps',
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: '_' } },
    ],
    ['APIGroupList', '/apis'],
    ['APIGroup', '/apis/apps'],
    ['APIResourceList', '/apis/apps/v1'],
    ['APIGroupDiscoveryList', '/api', undefined, 'g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList'],
    ['SubjectAccessReview', `${authorization}/subjectaccessreviews`, review('SubjectAccessReview', access)],
    ['LocalSubjectAccessReview', `${authorization}/namespaces/default/localsubjectaccessreviews`, local],
    [
      'SelfSubjectAccessReview',
      `${authorization}/selfsubjectaccessreviews`,
      review('SelfSubjectAccessReview', { nonResourceAttributes: { path: '/a', verb: 'get' } }),
    ],
    [
      'TokenReview',
      '/apis/authentication.k8s.io/v1/tokenreviews',
      { ...authentication, kind: 'TokenReview', spec: { token: options.token } },
    ],
    [
      'TokenReview of an unknown token',
      '/apis/authentication.k8s.io/v1/tokenreviews',
      { ...authentication, kind: 'TokenReview', spec: { token: 'unknown', audiences: ['a'] } },
    ],
    [
      'SelfSubjectReview',
      '/apis/authentication.k8s.io/v1/selfsubjectreviews',
      { ...authentication, kind: 'SelfSubjectReview' },
    ],
  ];
}

/** Records one answer in both encodings. */
async function record(title, path, body, as) {
  const [asJson, asProtobuf] = [
    await send(path, as ? `${json};${as}` : json, body),
    await send(path, as ? `${protobuf};${as}` : protobuf, body),
  ];
  if (asProtobuf.subarray(0, 4).toString('latin1') !== 'k8s\0') {
    console.log(`left out ${title}: ${asJson.toString().slice(0, 300)}`);
    return;
  }
  goldens[title] = { json: JSON.parse(asJson.toString()), protobuf: asProtobuf.toString('latin1') };
}

function send(path, accept, body) {
  const headers = {
    accept,
    authorization: `Bearer ${options.token}`,
    ...(body === undefined ? {} : { 'content-type': json }),
  };
  return new Promise((resolve, reject) => {
    const method = body === undefined ? 'GET' : 'POST';
    request(new URL(path, options.server), { method, headers, rejectUnauthorized: false }, async (response) => {
      resolve(Buffer.concat(await response.toArray()));
    })
      .on('error', reject)
      .end(body === undefined ? undefined : JSON.stringify(body));
  });
}

async function etcd(action, body) {
  const response = await fetch(`${options.etcd}/v3/kv/${action}`, { method: 'POST', body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`cannot ${action} in etcd: ${await response.text()}`);
}

function refOf(schema) {
  return schema?.$ref?.split('/').at(-1) ?? schema?.allOf?.[0]?.$ref?.split('/').at(-1);
}
