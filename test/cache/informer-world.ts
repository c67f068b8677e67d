import { ConfigMap } from '../../generated/index.js';
import type { Informer } from '../../src/cache/index.js';
import { encodeObject, encodeWatchEvent } from '../../src/wire/protobuf/encode.js';
import { inProcess } from './in-process.js';

export type World = ReturnType<typeof inProcess>;

/** The ways objects travel and are kept: everything holds in each. */
export const encodings = ['json', 'protobuf'] as const;
type Encoding = (typeof encodings)[number];

/** Runs `body` in a world of its own, in which everything travels in one encoding. */
export async function withWorld(encoding: Encoding, body: (world: World) => Promise<void>): Promise<void> {
  const world = inProcess(1, encoding);
  try {
    await body(world);
    const types = world.transport.contentTypes;
    if (types.size > 0 && encoding === 'protobuf' && ![...types].some((type) => type.includes('protobuf'))) {
      throw new Error(`nothing came in protobuf, but ${[...types]}`);
    }
  } finally {
    await world.cluster.close();
    await world.server.close();
  }
}

export const configMaps = (world: World) => world.cluster.resource(ConfigMap).in('default');
export const create = (
  world: World,
  name: string,
  data: Record<string, string> = {},
  labels: Record<string, string> = {},
) => configMaps(world).create({ metadata: { name, labels }, data });

/** Records the calls of a subscriber as short lines. */
export function record(informer: Informer<ConfigMap, 'Namespaced'>): string[] {
  const heard: string[] = [];
  informer.subscribe({
    added: (object, { initial }) =>
      heard.push(`added ${object.metadata.name} ${object.data?.v ?? '-'}${initial ? ' initial' : ''}`),
    updated: (object, old) =>
      heard.push(`updated ${object.metadata.name} ${old.data?.v ?? '-'}>${object.data?.v ?? '-'}`),
    deleted: (object, { finalStateUnknown }) =>
      heard.push(`deleted ${object.metadata.name} ${object.data?.v ?? '-'}${finalStateUnknown ? ' unknown' : ''}`),
  });
  return heard;
}

export const status = (code: number, reason: string) => {
  const body = Buffer.from(JSON.stringify({ kind: 'Status', apiVersion: 'v1', status: 'Failure', code, reason }));
  return { status: code, headers: {}, body: { bytes: async () => body, consume: async () => {}, cancel: () => {} } };
};

export const isWatch = (path: string) => path.includes('watch=true');
export const isStreamedState = (path: string) => path.includes('sendInitialEvents=true');

/** A whole frame with an event whose object has no name. */
export function frameWithoutName(encoding: Encoding): Buffer {
  if (encoding === 'json') return Buffer.from('{"type":"ADDED","object":{"metadata":{}}}\n');
  const event = encodeWatchEvent('ADDED', encodeObject({ apiVersion: 'v1', kind: 'ConfigMap', metadata: {} }));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(event.length);
  return Buffer.concat([length, event]);
}
