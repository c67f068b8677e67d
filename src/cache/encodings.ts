import { acceptOf, type Encoding, isProtobuf } from '../client/encoding.js';
import { DecodingError, type RequestContext } from '../errors/index.js';
import { apiVersionOf, type Resource } from '../meta/index.js';
import { jsonObjectCodec } from '../wire/index.js';
import type { ObjectCodec } from '../wire/object-codec.js';

/**
 * In which encodings the objects of one cache are asked for, and which codec reads an answer. That is decided answer by answer: a server
 * that does not speak what was asked for first costs no second request, and may speak it again after the next reconnect.
 */
export class Encodings {
  /** The apiVersion and kind of objects that arrive without them. */
  readonly stored: { readonly apiVersion: string; readonly kind: string };
  readonly #encodingOf: (kind: Resource) => Encoding;
  readonly #resource: Resource;
  readonly #projection: 'metadata' | undefined;
  #protobuf: ObjectCodec | undefined;

  /** `encodingOf` says how a kind is read; it is asked for every list and watch. */
  constructor(encodingOf: (kind: Resource) => Encoding, resource: Resource, metadataOnly: boolean) {
    this.#encodingOf = encodingOf;
    this.#resource = resource;
    this.#projection = metadataOnly ? 'metadata' : undefined;
    this.stored = metadataOnly
      ? { apiVersion: 'meta.k8s.io/v1', kind: 'PartialObjectMetadata' }
      : { apiVersion: apiVersionOf(resource), kind: resource.kind };
  }

  /** Returns the value of the `Accept` header. The decoder of the answer is loaded before this resolves. */
  async accept(verb: 'list' | 'watch'): Promise<string> {
    const isWatch = verb === 'watch';
    const accept = await acceptOf(
      this.#encodingOf(this.#resource),
      this.#resource,
      this.#projection,
      !isWatch,
      isWatch,
    );
    if (this.#protobuf === undefined && isProtobuf(accept)) {
      const { protobufObjectCodec } = await import('../wire/protobuf/index.js');
      this.#protobuf = protobufObjectCodec(this.stored);
    }
    return accept;
  }

  /** The codec of an answer, by its content type. Throws a `DecodingError` where none was asked for that reads it. */
  codecOf(contentType: string | readonly string[] | undefined, request: RequestContext): ObjectCodec {
    if (!isProtobuf(contentType)) return jsonObjectCodec;
    if (this.#protobuf !== undefined) return this.#protobuf;
    throw new DecodingError('the answer is in protobuf, which was not asked for', { offset: 0, request });
  }
}
