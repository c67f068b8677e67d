import {
  apiErrorFromResponse,
  DecodingError,
  type Destination,
  inContext,
  NetworkError,
  type RequestContext,
} from '../errors/index.js';
import type { Transport, TransportRequest, TransportResponse } from '../transport/transport.js';
import type { Clock } from '../util/clock.js';
import type { Random } from '../util/random.js';
import { type Codec, jsonCodec, MalformedError } from '../wire/index.js';
import { acceptOf, codecOf, type Encoding, isProtobuf, type Kind, withoutProtobuf } from './encoding.js';
import type { NewerFields } from './newer-fields.js';
import type { CallOptions } from './options.js';
import { type Query, queryString } from './query.js';
import type { Warnings } from './warnings.js';

/** One call to the API, before it becomes HTTP. */
export interface ApiCall {
  /** The verb and the object of the request, for errors and warnings. */
  readonly context: RequestContext;
  readonly method: TransportRequest['method'];
  /** Without the query, segments encoded. */
  readonly path: string;
  readonly query?: Query | undefined;
  /** Default: what suits the kind; the codec's media type where there is none. */
  readonly accept?: string | undefined;
  /** The kind that is spoken to, if any: it decides in which encodings the answer may come. */
  readonly kind?: Kind | undefined;
  readonly body?: Uint8Array | undefined;
  /** Default: the codec's media type. */
  readonly contentType?: string | undefined;
  readonly options?: CallOptions | undefined;
  /** True: nothing is changed, as is said in the body of deletions and in the query of everything else. */
  readonly dryRun?: boolean | undefined;
}

/** The observer of one handle's writes. Used by rooms above this one that track them. Dry runs are not reported. */
export interface WriteHooks {
  /** A write is about to be sent. What this throws, the call rejects with, and nothing is sent. */
  before(context: RequestContext): void;
  /** The server did it, and answered this; undefined for raw requests, whose answers nobody has read yet. */
  written(context: RequestContext, answer: unknown): void;
  /** Reports a failed write. If the error is not an `ApiError`, the server may have stored the write all the same. */
  failed(context: RequestContext, error: unknown): void;
}

/** The options that all calls of one identity share. */
export interface CallerOptions {
  readonly transport: Transport;
  readonly codec: Codec;
  /** Default `auto`. */
  readonly encoding?: Encoding | undefined;
  /** Sent with every call, such as whom to act as. */
  readonly headers: NonNullable<TransportRequest['headers']>;
  readonly warnings: Warnings;
  /** Aborted by `close()`, with the error that calls fail with from then on. */
  readonly closed: AbortSignal;
  readonly clock: Clock;
  readonly random: Random;
  /** The server and the user, for errors. */
  readonly destination?: Destination | undefined;
  /** Default: nobody looks on. */
  readonly hooks?: WriteHooks | undefined;
  /** Where protobuf loses fields. */
  readonly newerFields: NewerFields;
}

/** Sends calls and reads answers: the one place where HTTP turns into objects and errors. */
export class ApiCaller {
  constructor(readonly shared: CallerOptions) {}

  get codec(): Codec {
    return this.shared.codec;
  }

  /** The encoding in which objects travel. */
  get encoding(): Encoding {
    return this.shared.encoding ?? 'auto';
  }

  /** Returns the encoding in which objects of a kind are read: JSON if the server has fields that protobuf would lose. */
  readEncoding(kind: Kind, wanted = this.encoding): Encoding {
    return this.shared.newerFields.has(kind) ? 'json' : wanted;
  }

  /** The answer as it came. */
  async fetch(call: ApiCall): Promise<{ readonly response: TransportResponse; readonly bytes: Uint8Array }> {
    const response = await this.#send(call, 'unary');
    return { response, bytes: await this.#inContext(call.context, () => response.body.bytes()) };
  }

  /** The answer as it came, to a request whose path is all that is known of it. Who looks on is told what it wrote, as `told` says. */
  async fetchRaw(call: ApiCall, told: RequestContext | undefined): ReturnType<ApiCaller['fetch']> {
    const hooks = isWrite(call) && told !== undefined ? this.shared.hooks : undefined;
    if (hooks === undefined || told === undefined) return this.fetch(call);
    try {
      const answer = await this.fetch(call);
      hooks.written(told, undefined);
      return answer;
    } catch (error) {
      hooks.failed(told, error);
      throw error;
    }
  }

  /** The answer, decoded. Throws `ApiError`, `NetworkError`, `TimeoutError`, `DecodingError`, or the signal's reason. */
  async call(call: ApiCall): Promise<unknown> {
    const hooks = isWrite(call) ? this.shared.hooks : undefined;
    if (hooks === undefined) return this.#answer(call);
    let answer: unknown;
    try {
      answer = await this.#answer(call);
    } catch (error) {
      hooks.failed(call.context, error);
      throw error;
    }
    hooks.written(call.context, answer);
    return answer;
  }

  /** A stream whose headers have come, with a status of success. Whoever gets it reads it to its end or cancels it. */
  open(call: ApiCall): Promise<TransportResponse> {
    return this.#send(call, 'stream');
  }

  /**
   * The transport knows method and path; here it is known what they were for. After `close()`, that is the reason, and not the
   * connection that broke because of it.
   */
  explain(error: unknown, request: RequestContext): unknown {
    const { closed, destination } = this.shared;
    return closed.aborted && error instanceof NetworkError ? closed.reason : inContext(error, request, destination);
  }

  async #answer(call: ApiCall): Promise<unknown> {
    const accept = await this.#acceptFor(call);
    const { response, bytes } = await this.fetch({ ...call, accept });
    const codec = await codecOf(response.headers['content-type']);
    const unknown = { found: false };
    let answer: unknown;
    try {
      answer = codec.decode(bytes, unknown);
    } catch (error) {
      throw decodingError(error, 0, call.context);
    }
    if (!unknown.found) return answer;
    const { newerFields } = this.shared;
    if (call.kind !== undefined) newerFields.add(call.kind);
    // A write cannot be sent again: its answer is known to be partial.
    const again = call.method === 'GET' && isProtobuf(accept) ? withoutProtobuf(accept ?? '') : '';
    if (again !== '') return this.#answer({ ...call, accept: again });
    newerFields.addPartial(answer);
    return answer;
  }

  async #acceptFor({ accept, kind }: ApiCall): Promise<string | undefined> {
    return accept ?? (kind && (await acceptOf(this.readEncoding(kind), kind, undefined, false)));
  }

  async #inContext<T>(request: RequestContext, send: () => Promise<T>): Promise<T> {
    try {
      return await send();
    } catch (error) {
      throw this.explain(error, request);
    }
  }

  async #send(call: ApiCall, kind: TransportRequest['kind']): Promise<TransportResponse> {
    const { transport, headers, codec, warnings, clock, closed, hooks } = this.shared;
    const { body, options } = call;
    if (isWrite(call)) hooks?.before(call.context);
    if (closed.aborted) throw closed.reason;
    const accept = await this.#acceptFor(call);
    if (closed.aborted) throw closed.reason;
    const response = await this.#inContext(call.context, () =>
      transport.send({
        method: call.method,
        path: call.path + queryString(call.query ?? {}),
        headers: {
          accept: accept ?? codec.mediaType,
          ...(body === undefined ? {} : { 'content-type': call.contentType ?? codec.mediaType }),
          ...headers,
        },
        kind,
        ...(body === undefined ? {} : { body }),
        ...(options?.timeoutMs === undefined ? {} : { timeoutMs: options.timeoutMs }),
        ...(options?.idempotent === undefined ? {} : { idempotent: options.idempotent }),
        signal: options?.signal,
      }),
    );
    warnings.report(response.headers.warning, call.context);
    if (response.status >= 200 && response.status < 300) return response;
    throw apiErrorFromResponse({
      status: response.status,
      headers: response.headers,
      body: await inJson(response, await this.#inContext(call.context, () => response.body.bytes())),
      request: call.context,
      destination: this.shared.destination,
      confidential: isSecret(call),
      now: clock.now(),
    });
  }
}

/** Reports whether a call is about Secrets, whose values no error may show. */
function isSecret({ context, path }: ApiCall): boolean {
  return context.kind === 'Secret' || /^\/api\/v1\/(?:namespaces\/[^/]+\/)?secrets(?:\/|$)/.test(path);
}

/** Reports whether a call changes stored objects. */
function isWrite({ method, query, dryRun }: ApiCall): boolean {
  return method !== 'GET' && dryRun !== true && query?.dryRun === undefined;
}

/** The body of a refusal, which is a Status, or whatever some proxy says instead. */
async function inJson({ headers }: TransportResponse, body: Uint8Array): Promise<Uint8Array> {
  const codec = await codecOf(headers['content-type']);
  if (codec === jsonCodec) return body;
  try {
    return jsonCodec.encode(codec.decode(body));
  } catch {
    return body;
  }
}

/** Converts the error of a codec into our own; `start` is the offset in the body at which its bytes begin. */
export function decodingError(error: unknown, start: number, request: RequestContext): unknown {
  if (!(error instanceof MalformedError)) return error;
  return new DecodingError(error.message, { offset: start + error.offset, request });
}
