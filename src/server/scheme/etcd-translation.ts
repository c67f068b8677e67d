import { Buffer } from 'node:buffer';
import { decodeUtf8 } from '../../util/bytes.js';
import { isObject, type JsonObject } from '../../util/json-value.js';
import { lazy } from '../../util/lazy.js';
import { decodeObject } from '../../wire/protobuf/decode.js';
import { encodeMessage, wrapMessage } from '../../wire/protobuf/encode.js';
import { isEnvelope } from '../../wire/protobuf/envelope.js';
import { UnusualJson } from '../../wire/protobuf/json-tape.js';
import { Transcoder } from '../../wire/protobuf/transcode.js';
import type { ServedResource } from '../object/server-context.js';
import type { ServerObject } from '../object/server-object.js';
import type { Translation } from '../storage/etcd/translation.js';
import { currentVersion } from './etcd-versions.js';
import { prefixOf } from './resource-of-key.js';
import { afterPrefix } from './storage-keys.js';
import { encodeStored, storedStartLength } from './stored-object.js';
import { wireTypeOfKind } from './wire-types.js';

const root = '/registry/';

/** Resources that kube-apiserver keeps under another name than their plural. */
const specialPrefixes: { readonly [resource: string]: string } = {
  '/endpoints': 'services/endpoints/',
  '/nodes': 'minions/',
  '/replicationcontrollers': 'controllers/',
  '/services': 'services/specs/',
  'networking.k8s.io/ingresses': 'ingress/',
};

/** Groups of kube-apiserver's inner servers: their keys begin with the group, and their values are JSON. */
const jsonGroups: ReadonlySet<string> = new Set(['apiextensions.k8s.io', 'apiregistration.k8s.io']);

/** Objects that API servers keep for each other and do not serve, by the prefix of their keys. */
const innerKinds: { readonly [prefix: string]: string } = {
  'masterleases/': 'Endpoints',
  'ranges/': 'RangeAllocation',
};

/** The kind of the objects with a prefix. */
interface PlacedKind {
  readonly prefix: string;
  readonly apiVersion: string;
  readonly kind: string;
}

/** A kind, and the prefix of its keys in etcd. */
interface Place {
  readonly resource: PlacedKind;
  readonly etcdPrefix: string;
  readonly transcoder: () => Transcoder;
  readonly json: boolean;
}

/**
 * Translates between this server's keys and values and those of kube-apiserver: keys without groups, protobuf in an envelope for
 * built-in kinds, and JSON for custom ones. Values are read in either encoding.
 */
export class EtcdTranslation implements Translation {
  readonly #byPrefix = new Map<string, Place>();
  readonly #byEtcdPrefix = new Map<string, Place>();
  readonly #ends = new Map<string, string>();

  /** `resources` are the built-in ones. */
  constructor(resources: readonly ServedResource[]) {
    for (const [name, kind] of Object.entries(innerKinds))
      this.#add(placeOf({ prefix: root + name, apiVersion: 'v1', kind }, root + name, false));
    for (const resource of resources) {
      const { group, plural } = resource;
      const json = jsonGroups.has(group);
      const name = specialPrefixes[`${group}/${plural}`] ?? (json ? `${group}/${plural}/` : `${plural}/`);
      this.#add(placeOf(resource, root + name, json));
    }
  }

  #add(place: Place): void {
    const { resource, etcdPrefix } = place;
    this.#byPrefix.set(resource.prefix, place);
    this.#byEtcdPrefix.set(etcdPrefix, place);
    this.#ends.set(afterPrefix(resource.prefix), afterPrefix(etcdPrefix));
  }

  toEtcd(key: string): string {
    const prefix = prefixOf(key, this.#byPrefix);
    const place = prefix === undefined ? undefined : this.#byPrefix.get(prefix);
    if (place === undefined || prefix === undefined) return this.#ends.get(key) ?? key;
    return place.etcdPrefix + key.slice(prefix.length);
  }

  fromEtcd(key: string): string | undefined {
    const prefix = prefixOf(key, this.#byEtcdPrefix);
    const place = prefix === undefined ? undefined : this.#byEtcdPrefix.get(prefix);
    if (place !== undefined && prefix !== undefined) return place.resource.prefix + key.slice(prefix.length);
    // The group of a custom resource has a dot, and names of built-in resources do not.
    const [group = '', plural = '', ...name] = key.slice(root.length).split('/');
    return group.includes('.') && plural !== '' && name.length > 0 ? key : undefined;
  }

  encode(key: string, value: Uint8Array): Uint8Array {
    const prefix = prefixOf(key, this.#byPrefix);
    const place = prefix === undefined ? undefined : this.#byPrefix.get(prefix);
    // The stored form of a custom resource says what it is.
    if (place === undefined) return jsonWith('{', value);
    const { apiVersion, kind } = place.resource;
    if (place.json) return jsonWith(`{"kind":"${kind}","apiVersion":"${apiVersion}",`, value);
    return wrapMessage(apiVersion, kind, messageOf(place, value));
  }

  decode(key: string, value: Uint8Array): Uint8Array {
    const prefix = prefixOf(key, this.#byPrefix);
    const place = prefix === undefined ? undefined : this.#byPrefix.get(prefix);
    const object = isEnvelope(value, 0, value.length)
      ? decodeObject(value, place?.resource)
      : JSON.parse(decodeUtf8(value));
    if (!isObject(object) || !isObject(object.metadata)) throw new Error('the value is not an object with metadata');
    if (place !== undefined) return encodeStored(currentVersion(object) as ServerObject);
    return customValue(object, object.metadata);
  }
}

function placeOf(resource: PlacedKind, etcdPrefix: string, json: boolean): Place {
  const { apiVersion, kind } = resource;
  return { resource, etcdPrefix, json, transcoder: lazy(() => new Transcoder(wireType(apiVersion, kind))) };
}

/** Returns the protobuf message of a stored object. Stored JSON has no kind and no resourceVersion, as in etcd. */
function messageOf(place: Place, value: Uint8Array): Uint8Array {
  const { apiVersion, kind } = place.resource;
  try {
    const transcoder = place.transcoder();
    transcoder.encode('{"metadata":{', value, storedStartLength);
    return transcoder.take();
  } catch (error) {
    if (!(error instanceof UnusualJson)) throw error;
    return encodeMessage(JSON.parse(decodeUtf8(value)), wireType(apiVersion, kind));
  }
}

function wireType(apiVersion: string, kind: string): string {
  const type = wireTypeOfKind(apiVersion, kind);
  if (type === undefined) throw new Error(`cannot store ${kind}: ${apiVersion} has no protobuf of it`);
  return type;
}

/** Returns stored JSON that begins with `head` instead of its brace. A line ends it, as in kube-apiserver. */
function jsonWith(head: string, value: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.from(head), value.subarray(1), Buffer.from('\n')]);
}

/** Returns the stored form of a custom resource, which has metadata first. */
function customValue({ metadata: _metadata, ...object }: JsonObject, metadata: JsonObject): Uint8Array {
  const { resourceVersion: _resourceVersion, ...meta } = metadata;
  return Buffer.from(JSON.stringify({ metadata: meta, ...object }));
}
