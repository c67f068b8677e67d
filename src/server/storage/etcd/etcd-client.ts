import { readFile } from 'node:fs/promises';
import type { Client, ClientDuplexStream } from '@grpc/grpc-js';
import { systemClock } from '../../../util/clock.js';
import { reasonOf, StorageError } from '../storage-error.js';
import {
  decodeLeaseGrant,
  decodeRange,
  decodeStatusVersion,
  decodeTransaction,
  decodeWatch,
  encodeCompaction,
  encodeLeaseGrant,
  encodeRange,
  encodeTransaction,
  encodeWatch,
  type RangeRequest,
  type RangeResponse,
  type Transaction,
  type TransactionResponse,
  type WatchResponse,
} from './requests.js';

/** The address and the certificates of an etcd cluster. */
export interface EtcdEndpoints {
  /** The URLs of the members, such as `https://10.0.0.1:2379`. */
  readonly servers: readonly string[];
  /** The file of the authority of the members' certificates, in PEM. */
  readonly caFile?: string | undefined;
  /** The files of the client certificate and its key, in PEM. */
  readonly certFile?: string | undefined;
  readonly keyFile?: string | undefined;
}

/** The receiver of a watch. */
export interface EtcdWatchListener {
  response(response: WatchResponse): void;
  /** Called once, when the stream has ended or failed. */
  ended(): void;
}

type Grpc = typeof import('@grpc/grpc-js');

/** The range end that stands for all keys behind the first one. */
const allKeys = '\0';

/** Calls wait this long for an answer. */
const callMs = 10_000;
/** A message may hold a page of large objects. */
const maxMessageBytes = 256 * 1024 * 1024;
/** The ETCD error of a read or watch at a revision that was compacted. */
const compactedDetail = 'required revision has been compacted';

/** A read at a revision that etcd no longer has. */
export class EtcdCompactedError extends Error {}

/** A connection to an etcd cluster. A member that does not answer is left for the next one. */
export class EtcdClient {
  #current = 0;

  private constructor(
    private readonly grpc: Grpc,
    private readonly servers: readonly string[],
    private readonly clients: readonly Client[],
  ) {}

  /** Loads gRPC and the certificates. Connections are made when they are needed. Throws a `StorageError` if a part is missing. */
  static async open(endpoints: EtcdEndpoints): Promise<EtcdClient> {
    const grpc = await loadGrpc();
    const credentials = await credentialsOf(grpc, endpoints);
    const clients = endpoints.servers.map((server) => {
      const { protocol, host } = urlOf(server);
      return new grpc.Client(host, protocol === 'https:' ? credentials : grpc.credentials.createInsecure(), {
        'grpc.max_receive_message_length': maxMessageBytes,
        'grpc.max_send_message_length': maxMessageBytes,
        'grpc.keepalive_time_ms': 30_000,
        'grpc.keepalive_timeout_ms': 10_000,
        'grpc.initial_reconnect_backoff_ms': 100,
        'grpc.max_reconnect_backoff_ms': 2_000,
      });
    });
    return new EtcdClient(grpc, endpoints.servers, clients);
  }

  /** Returns the version of the member that answers, such as `3.5.13`. */
  async version(): Promise<string> {
    return decodeStatusVersion(await this.#read('/etcdserverpb.Maintenance/Status', Buffer.alloc(0)));
  }

  /** Reads keys. Reads are linearizable: they show every write that was answered before. */
  async range(request: RangeRequest): Promise<RangeResponse> {
    return decodeRange(await this.#read('/etcdserverpb.KV/Range', encodeRange(request)));
  }

  /** Runs a transaction. If the connection breaks, its outcome is not known. */
  async transaction(transaction: Transaction): Promise<TransactionResponse> {
    return decodeTransaction(await this.#write('/etcdserverpb.KV/Txn', encodeTransaction(transaction)));
  }

  async compact(revision: number): Promise<void> {
    await this.#write('/etcdserverpb.KV/Compact', encodeCompaction(revision));
  }

  /** Returns the id of a new lease: keys with it are deleted after `seconds`. */
  async grantLease(seconds: number): Promise<bigint> {
    return decodeLeaseGrant(await this.#write('/etcdserverpb.Lease/LeaseGrant', encodeLeaseGrant(seconds)));
  }

  /** Watches all keys from `revision` on. */
  watch(revision: number, listener: EtcdWatchListener): { close(): void } {
    const metadata = new this.grpc.Metadata();
    // A member without a leader ends the stream, so that the watch goes on at another member.
    metadata.set('hasleader', 'true');
    const stream: ClientDuplexStream<Buffer, Buffer> = this.#client().makeBidiStreamRequest(
      '/etcdserverpb.Watch/Watch',
      (request: Buffer) => request,
      (response: Buffer) => response,
      metadata,
    );
    let ended = false;
    const end = (): void => {
      if (ended) return;
      ended = true;
      this.#rotate();
      listener.ended();
    };
    stream.on('data', (bytes: Buffer) => {
      if (!ended) listener.response(decodeWatch(bytes));
    });
    stream.on('error', end);
    stream.on('end', end);
    stream.write(encodeWatch({ key: allKeys, end: allKeys, revision }));
    return {
      close: () => {
        ended = true;
        stream.cancel();
      },
    };
  }

  /** Closes the connections. Calls under way fail. */
  close(): void {
    for (const client of this.clients) client.close();
  }

  /** Sends a call without side effects to each member in turn until one answers. */
  async #read(method: string, request: Buffer): Promise<Buffer> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#call(method, request);
      } catch (error) {
        if (!(error instanceof Unavailable) || attempt > this.clients.length) throw this.#failure(error);
        this.#rotate();
      }
    }
  }

  async #write(method: string, request: Buffer): Promise<Buffer> {
    try {
      return await this.#call(method, request);
    } catch (error) {
      if (error instanceof Unavailable) this.#rotate();
      throw this.#failure(error);
    }
  }

  #call(method: string, request: Buffer): Promise<Buffer> {
    const { Metadata, status } = this.grpc;
    return new Promise((resolve, reject) => {
      const same = (bytes: Buffer): Buffer => bytes;
      const options = { deadline: systemClock.now() + callMs };
      this.#client().makeUnaryRequest(method, same, same, request, new Metadata(), options, (error, response) => {
        if (error === null && response !== undefined) resolve(response);
        else if (error?.details.includes(compactedDetail)) reject(new EtcdCompactedError(error.details));
        else if (error?.code === status.UNAVAILABLE || error?.code === status.DEADLINE_EXCEEDED)
          reject(new Unavailable(error.details));
        else reject(error ?? new Error('etcd sent an empty answer'));
      });
    });
  }

  #failure(error: unknown): unknown {
    if (error instanceof EtcdCompactedError) return error;
    const details = (error as { details?: unknown }).details;
    const reason = error instanceof Unavailable || typeof details !== 'string' ? reasonOf(error) : details;
    return new StorageError(
      error instanceof Unavailable ? 'EtcdUnavailable' : 'EtcdFailed',
      `cannot reach etcd at ${this.servers.join(', ')}: ${reason}.`,
      { cause: error },
    );
  }

  #client(): Client {
    const client = this.clients[this.#current % this.clients.length];
    if (client === undefined) throw new StorageError('EtcdUnavailable', 'cannot reach etcd: it has no servers.');
    return client;
  }

  #rotate(): void {
    this.#current++;
  }
}

/** The member does not answer. */
class Unavailable extends Error {}

async function loadGrpc(): Promise<Grpc> {
  try {
    return await import('@grpc/grpc-js');
  } catch (cause) {
    throw new StorageError(
      'PackageMissing',
      'cannot use etcd: the package @grpc/grpc-js is not installed. Run npm install @grpc/grpc-js.',
      { cause },
    );
  }
}

function urlOf(server: string): URL {
  try {
    return new URL(server.includes('://') ? server : `http://${server}`);
  } catch (cause) {
    throw new StorageError('EtcdFailed', `cannot use etcd at ${server}: it is not a URL.`, { cause });
  }
}

async function credentialsOf(grpc: Grpc, { caFile, certFile, keyFile }: EtcdEndpoints) {
  if ((certFile === undefined) !== (keyFile === undefined))
    throw new StorageError(
      'EtcdFailed',
      'cannot connect to etcd: the client certificate and its key belong together. Give both or neither.',
    );
  return grpc.credentials.createSsl(await read(caFile), await read(keyFile), await read(certFile));
}

async function read(path: string | undefined): Promise<Buffer | null> {
  if (path === undefined) return null;
  return readFile(path).catch((cause: unknown) => {
    throw new StorageError('EtcdFailed', `cannot read ${path}: ${reasonOf(cause)}.`, { cause });
  });
}
