import type { Buffer } from 'node:buffer';
import { Fields, message } from './etcd-message.js';

/*
 * The requests and responses of etcd's API v3 (rpc.proto and kv.proto) that kube-apiserver uses, and only their fields that it uses.
 * Numbers are those of the protobuf definitions.
 */

/** A key and its value in etcd. */
export interface EtcdKeyValue {
  readonly key: string;
  readonly value: Buffer;
  readonly createRevision: number;
  readonly modRevision: number;
  /** The number of writes since the key was created. */
  readonly version: number;
}

/** A read of a key, or of the keys from `key` to `end`. */
export interface RangeRequest {
  readonly key: string;
  readonly end?: string | undefined;
  readonly limit?: number | undefined;
  readonly revision?: number | undefined;
  readonly countOnly?: boolean | undefined;
}

/** The keys that were read. */
export interface RangeResponse {
  /** The revision of the store at the time of the read. */
  readonly revision: number;
  readonly kvs: readonly EtcdKeyValue[];
  /** The number of keys in the range, without the limit. */
  readonly count: number;
}

/** An operation of a transaction. */
export type Operation =
  | { readonly range: RangeRequest }
  | { readonly put: { readonly key: string; readonly value: Uint8Array; readonly lease?: bigint | undefined } }
  | { readonly delete: { readonly key: string } };

/** A transaction with one comparison: of the modification revision of a key, or of its version. */
export interface Transaction {
  readonly compare: { readonly key: string } & ({ readonly modRevision: number } | { readonly version: number });
  readonly success: Operation;
  readonly failure?: Operation | undefined;
}

/** The outcome of a transaction. */
export interface TransactionResponse {
  readonly revision: number;
  readonly succeeded: boolean;
  /** The keys that the operation read, if it was a range. */
  readonly kvs: readonly EtcdKeyValue[];
}

/** A change of a key. */
interface EtcdEvent {
  readonly type: 'put' | 'delete';
  readonly kv: EtcdKeyValue;
}

/** A message of a watch. */
export interface WatchResponse {
  readonly revision: number;
  readonly created: boolean;
  readonly canceled: boolean;
  /** The compacted revision, if that is why the watch was canceled; 0 otherwise. */
  readonly compactRevision: number;
  readonly cancelReason: string;
  readonly events: readonly EtcdEvent[];
}

export function encodeRange({ key, end, limit, revision, countOnly }: RangeRequest): Buffer {
  return message([1, key], [2, end], [3, limit], [4, revision], [9, countOnly]);
}

export function decodeRange(bytes: Uint8Array): RangeResponse {
  const fields = new Fields(bytes);
  return { revision: revisionIn(fields), kvs: fields.all(2).map(keyValue), count: fields.number(4) };
}

const equal = 0;
const target = { version: 0, modRevision: 2 };

export function encodeTransaction({ compare, success, failure }: Transaction): Buffer {
  const compared =
    'version' in compare
      ? message([1, equal], [2, target.version], [3, compare.key], ...oneOf(4, compare.version))
      : message([1, equal], [2, target.modRevision], [3, compare.key], ...oneOf(6, compare.modRevision));
  return message(
    [1, compared],
    [2, encodeOperation(success)],
    [3, failure === undefined ? undefined : encodeOperation(failure)],
  );
}

export function decodeTransaction(bytes: Uint8Array): TransactionResponse {
  const fields = new Fields(bytes);
  const [response] = fields.all(3);
  const kvs = response === undefined ? [] : new Fields(response).nested(1).all(2).map(keyValue);
  return { revision: revisionIn(fields), succeeded: fields.number(2) === 1, kvs };
}

function encodeOperation(operation: Operation): Buffer {
  if ('range' in operation) return message([1, encodeRange(operation.range)]);
  if ('delete' in operation) return message([3, message([1, operation.delete.key])]);
  const { key, value, lease } = operation.put;
  return message([2, message([1, key], [2, value], [3, lease])]);
}

/** A field of a oneof is written even if it is zero. etcd reads an absent one as zero. */
function oneOf(field: number, value: number): [number, number][] {
  return value === 0 ? [] : [[field, value]];
}

export function encodeCompaction(revision: number): Buffer {
  return message([1, revision]);
}

export function encodeLeaseGrant(seconds: number): Buffer {
  return message([1, seconds]);
}

export function decodeLeaseGrant(bytes: Uint8Array): bigint {
  return new Fields(bytes).big(2);
}

export function decodeStatusVersion(bytes: Uint8Array): string {
  return new Fields(bytes).text(2);
}

/** Encodes the request of a watch of the keys from `key` to `end`, with the changes from `revision` on. */
export function encodeWatch({ key, end, revision }: { key: string; end: string; revision: number }): Buffer {
  return message([1, message([1, key], [2, end], [3, revision])]);
}

export function decodeWatch(bytes: Uint8Array): WatchResponse {
  const fields = new Fields(bytes);
  return {
    revision: revisionIn(fields),
    created: fields.number(3) === 1,
    canceled: fields.number(4) === 1,
    compactRevision: fields.number(5),
    cancelReason: fields.text(6),
    events: fields.all(11).map((event) => {
      const changed = new Fields(event);
      return { type: changed.number(1) === 1 ? 'delete' : 'put', kv: keyValue(changed.bytes(2)) };
    }),
  };
}

function keyValue(bytes: Uint8Array): EtcdKeyValue {
  const fields = new Fields(bytes);
  return {
    key: fields.text(1),
    createRevision: fields.number(2),
    modRevision: fields.number(3),
    version: fields.number(4),
    value: fields.bytes(5),
  };
}

function revisionIn(response: Fields): number {
  return response.nested(1).number(3);
}
