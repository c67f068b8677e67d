import type { Media } from '../object/message.js';
import { failure } from '../object/status-error.js';

/** Plain JSON: what errors before negotiation are sent as. */
export const json: Media = { encoding: 'json', contentType: 'application/json' };

/** One element of an Accept header. */
export interface AcceptClause {
  readonly type: string;
  readonly parameters: ReadonlyMap<string, string>;
  readonly quality: number;
}

/** The elements of an Accept header, the most wanted first. */
export function parseAccept(accept: string): AcceptClause[] {
  const clauses = accept
    .split(',')
    .slice(0, 64)
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map((part) => {
      const [type = '', ...rest] = part.split(';').map((piece) => piece.trim());
      const parameters = new Map<string, string>();
      for (const piece of rest) {
        const equals = piece.indexOf('=');
        if (equals > 0) parameters.set(piece.slice(0, equals).trim().toLowerCase(), piece.slice(equals + 1).trim());
      }
      const quality = Number(parameters.get('q') ?? '1');
      return { type: type.toLowerCase(), parameters, quality: Number.isFinite(quality) ? quality : 1 };
    });
  return clauses.sort((a, b) => b.quality - a.quality);
}

/** The media types that an endpoint offers beyond plain objects. */
export interface Offers {
  readonly table?: boolean;
  /** True if objects and lists can be reduced to their metadata. */
  readonly partial?: boolean;
  /** True if the endpoint streams: a refusal then names the stream types too. */
  readonly stream?: boolean;
  /** True if the answer is a stream. */
  readonly watch?: boolean;
  /** The media types, if not all. */
  readonly only?: readonly string[];
  /** True if objects have a form in protobuf. Custom resources do not, but their metadata does. Default true. */
  readonly protobuf?: boolean;
}

const contentTypes = {
  json: 'application/json',
  yaml: 'application/yaml',
  protobuf: 'application/vnd.kubernetes.protobuf',
} as const;
const representations = ['application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf'];
const streams = ['application/json;stream=watch', 'application/vnd.kubernetes.protobuf;stream=watch'];

/**
 * Chooses the form of the answer. Throws the 406 Status when nothing acceptable is offered.
 * `application/*` matches nothing, as on the real server.
 */
export function negotiate(accept: string, offers: Offers = {}): Media {
  if (accept.trim() === '') return json;
  for (const clause of parseAccept(accept)) {
    const media = match(clause, offers);
    if (media !== undefined) return media;
  }
  throw notAcceptable(accept, offers);
}

/** Returns the form of an error for a client: its own, if that is served at all. */
export function errorMedia(accept: string): Media {
  for (const { type } of parseAccept(accept)) {
    const encoding = encodingOf(type);
    if (encoding !== undefined) return { encoding, contentType: contentTypes[encoding] };
  }
  return json;
}

/** Returns the 406 Status. If the type is served and its parameters are not, it has other words. */
function notAcceptable(accept: string, { stream, watch, only = representations }: Offers): Error {
  const isServed = parseAccept(accept).some(({ type }) => type === '*/*' || only.includes(type));
  if (isServed) {
    const served = watch === true ? streams : only;
    return failure(406, 'NotAcceptable', `only the following media types are accepted: ${served.join(', ')}`);
  }
  const available = stream === true ? [...only, ...streams] : only;
  const message = `406: Not Acceptable\n\nAvailable representations: ${available.join(', ')}`;
  return failure(406, 'NotAcceptable', message, {});
}

function match(clause: AcceptClause, offers: Offers): Media | undefined {
  const encoding = encodingOf(clause.type);
  if (encoding === undefined) return undefined;
  const contentType = contentTypes[encoding];
  if (offers.only?.includes(contentType) === false || (offers.watch === true && encoding === 'yaml')) return undefined;
  const as = clause.parameters.get('as');
  if (as === undefined)
    return encoding === 'protobuf' && offers.protobuf === false ? undefined : { encoding, contentType };
  const metaVersion = clause.parameters.get('v') ?? 'v1';
  if (clause.parameters.get('g') !== 'meta.k8s.io' || (metaVersion !== 'v1' && metaVersion !== 'v1beta1'))
    return undefined;
  // Tables have no form in protobuf.
  if (as === 'Table' && offers.table === true && encoding !== 'protobuf')
    return { encoding, contentType, as, metaVersion };
  const isPartial = as === 'PartialObjectMetadata' || as === 'PartialObjectMetadataList';
  if (isPartial && offers.partial === true) return { encoding, contentType, as, metaVersion };
  return undefined;
}

function encodingOf(type: string): Media['encoding'] | undefined {
  switch (type) {
    case '*/*':
    case 'application/json':
      return 'json';
    case 'application/yaml':
      return 'yaml';
    case contentTypes.protobuf:
      return 'protobuf';
    default:
      return undefined;
  }
}
