import { encodeObject } from '../../src/wire/protobuf/encode.js';
import type { Choice } from './choice.js';
import type { SeedRequest } from './corpus.js';
import { mutateJson } from './mutate-json.js';

/** A request that HTTP can carry, however odd. */
export interface FuzzRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | undefined;
}

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE'];

const contentTypes = [
  'application/json',
  'application/json; charset=utf-16',
  'application/yaml',
  'application/vnd.kubernetes.protobuf',
  'application/cbor',
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
  'application/apply-patch+yaml',
  'application/apply-patch+cbor',
  'application/x-www-form-urlencoded',
  'text/plain',
  ';;;',
];

const accepts = [
  '*/*',
  'application/json',
  'application/yaml',
  'application/vnd.kubernetes.protobuf',
  'application/json;as=Table;v=v1;g=meta.k8s.io',
  'application/json;as=Table;v=v9;g=meta.k8s.io, application/json',
  'application/vnd.kubernetes.protobuf;as=PartialObjectMetadata;v=v1;g=meta.k8s.io',
  'application/yaml;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io',
  'application/json;as=APIGroupDiscoveryList;v=v2;g=apidiscovery.k8s.io',
  'application/json;stream=watch',
  'application/cbor',
  'text/html',
  'application/json;q=;as=',
];

const parameters: readonly (readonly [name: string, values: readonly string[]])[] = [
  ['watch', ['1', 'true', '', 'FALSE', 'x']],
  ['allowWatchBookmarks', ['true']],
  ['sendInitialEvents', ['true', 'false', '?']],
  ['timeoutSeconds', ['1', '0', '-1', '9e9', '99999999999999999999']],
  ['timeout', ['1s', '0', '-5m', '9999999h', 'x']],
  ['limit', ['1', '0', '-1', '9223372036854775808', 'x']],
  ['continue', ['x', 'eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6MSwic3RhcnQiOiJhXHUwMDAwIn0', '%00']],
  ['resourceVersion', ['0', '1', '-1', '999999999', 'x', '']],
  ['resourceVersionMatch', ['Exact', 'NotOlderThan', 'x']],
  ['labelSelector', ['a=b', 'a in (b,c)', '!a', 'a=', '=,,', 'a in (', '%00', 'a'.repeat(300)]],
  ['fieldSelector', ['metadata.name=a', 'spec.nodeName!=x', 'nope=1', '=', 'a\\']],
  ['dryRun', ['All', 'None', '', 'x']],
  ['fieldManager', ['fuzz', '', 'x'.repeat(129), '\u0007']],
  ['fieldValidation', ['Strict', 'Warn', 'Ignore', 'x']],
  ['force', ['true', 'x']],
  ['propagationPolicy', ['Orphan', 'Foreground', 'Background', 'x']],
  ['gracePeriodSeconds', ['0', '-1', '9e12', 'x']],
  ['orphanDependents', ['true', 'x']],
  ['ignoreStoreReadErrorWithClusterBreakingPotential', ['true']],
  ['pretty', ['true', '0']],
  ['includeObject', ['None', 'Object', 'x']],
  ['container', ['x', '']],
  ['tailLines', ['-1', '5']],
  ['follow', ['true']],
  ['command', ['x']],
  ['stdin', ['true']],
  ['verbose', ['']],
  ['exclude', ['ping', 'x']],
  ['shardSelector', ['x']],
];

const oddSegments = [
  '',
  '.',
  '..',
  '%2F',
  '%00',
  '%',
  '%ff',
  '*',
  '{name}',
  '__proto__',
  'a'.repeat(300),
  '💥',
  ' ',
  '~',
];

/** The longest body: above the server's own bound. */
const mostBytes = 4 * 1024 * 1024;

const tokens = [...Array<string>(18).fill('admin-token'), 'jane-token', 'wrong', ''];

/** Returns a request of the corpus as it is, or with its method, path, query, headers or body changed. */
export function mutateRequest(choice: Choice, corpus: readonly SeedRequest[]): FuzzRequest {
  const seed = choice.of(corpus);
  const method = choice.chance(0.1) ? choice.of(methods) : seed.method;
  const body = bodyOf(choice, seed, corpus);
  const contentType = choice.chance(0.07) ? choice.of(contentTypes) : (body.type ?? seed.contentType);
  const accept = choice.chance(0.3) ? choice.of(accepts) : seed.accept;
  const headers: Record<string, string> = {
    ...(contentType === undefined ? {} : { 'content-type': contentType }),
    ...(accept === undefined ? {} : { accept }),
    ...oddHeaders(choice),
  };
  return { method, path: pathOf(choice, seed.path, corpus), headers, body: body.bytes };
}

function oddHeaders(choice: Choice): Record<string, string> {
  const token = choice.of(tokens);
  return {
    ...(token === '' ? {} : { authorization: `Bearer ${token}` }),
    ...(choice.chance(0.03) ? { 'impersonate-user': choice.of(['jane', '', 'system:masters', '\u00ff']) } : {}),
    ...(choice.chance(0.03) ? { 'impersonate-group': choice.of(['system:masters', 'dev', '']) } : {}),
    ...(choice.chance(0.02) ? { 'accept-encoding': choice.of(['gzip', '*;q=0', 'br']) } : {}),
    ...(choice.chance(0.02) ? { 'if-none-match': '*', expect: '100-continue' } : {}),
    ...(choice.chance(0.02) ? { connection: 'upgrade', upgrade: choice.of(['websocket', 'SPDY/3.1', 'h2c']) } : {}),
  };
}

function pathOf(choice: Choice, path: string, corpus: readonly SeedRequest[]): string {
  const [plain = '/', query = ''] = path.split('?');
  const segments = plain.split('/');
  while (choice.chance(0.1)) {
    const at = 1 + choice.below(segments.length);
    const donor = choice.of(choice.of(corpus).path.split('?')[0]?.split('/') ?? ['x']);
    const segment = choice.chance(0.3) ? choice.of(oddSegments) : donor;
    segments.splice(at, choice.below(3), segment);
  }
  const all = query === '' ? [] : query.split('&');
  while (choice.chance(0.25)) {
    const [name, values] = choice.of(parameters);
    all.push(`${name}=${encodeURIComponent(choice.of(values))}`);
  }
  return encodeURI(`${segments.join('/')}${all.length === 0 ? '' : `?${all.join('&')}`}`).replaceAll('%25', '%');
}

function bodyOf(
  choice: Choice,
  { body, contentType, method }: SeedRequest,
  corpus: readonly SeedRequest[],
): { bytes: Uint8Array | undefined; type?: string } {
  const seed = body ?? (choice.chance(method === 'GET' ? 0.02 : 0.5) ? choice.of(corpus).body : undefined);
  if (seed === undefined) return { bytes: undefined };
  if (typeof seed === 'string') return { bytes: damaged(choice, Buffer.from(seed), 0.5) };
  const fresh = method === 'POST' && choice.chance(0.5) ? renamed(choice, seed) : seed;
  const value = choice.chance(0.75) ? mutateJson(choice, fresh, donorsOf(corpus)) : fresh;
  if (contentType === undefined && choice.chance(0.1)) {
    const message = protobufOf(value) ?? protobufOf(seed);
    if (message !== undefined) {
      return { bytes: damaged(choice, message, 0.5), type: 'application/vnd.kubernetes.protobuf' };
    }
  }
  return { bytes: damaged(choice, Buffer.from(JSON.stringify(value) ?? '').subarray(0, mostBytes), 0.05) };
}

/** Gives an object a name of its own, so that it can be created. */
function renamed(choice: Choice, value: unknown): unknown {
  if (!isObject(value) || !('metadata' in value) || !isObject(value.metadata)) return value;
  return { ...value, metadata: { ...value.metadata, name: `f${choice.below(1_000_000)}` } };
}

function donorsOf(corpus: readonly SeedRequest[]): object[] {
  return corpus.map(({ body }) => body).filter(isObject);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** The value in protobuf; undefined for one that has no such form. */
function protobufOf(value: unknown): Uint8Array | undefined {
  try {
    return encodeObject(value);
  } catch {
    return undefined;
  }
}

/** Flips, removes or repeats bytes with the given probability. */
function damaged(choice: Choice, bytes: Uint8Array, probability: number): Uint8Array {
  if (bytes.length === 0 || !choice.chance(probability)) return bytes;
  const at = choice.below(bytes.length);
  switch (choice.below(3)) {
    case 0: {
      const copy = Buffer.from(bytes);
      for (let flips = 1 + choice.below(4); flips > 0; flips--) copy[choice.below(copy.length)] = choice.below(256);
      return copy;
    }
    case 1:
      return bytes.subarray(0, at);
    default:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at >> 1)]);
  }
}
