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
  readonly partial?: 'PartialObjectMetadata' | 'PartialObjectMetadataList' | undefined;
  /** True if the endpoint streams: a refusal then names the stream types too. */
  readonly stream?: boolean;
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
  // The real server says less about itself when what it cannot do is a transformation.
  const details = parseAccept(accept).some(({ parameters }) => parameters.has('as')) ? undefined : {};
  const available = offers.stream === true ? [...representations, ...streams] : representations;
  throw failure(
    406,
    'NotAcceptable',
    `406: Not Acceptable\n\nAvailable representations: ${available.join(', ')}`,
    details,
  );
}

function match(clause: AcceptClause, offers: Offers): Media | undefined {
  const encoding = encodingOf(clause.type);
  if (encoding === undefined) return undefined;
  const contentType = contentTypes[encoding];
  const as = clause.parameters.get('as');
  if (as === undefined)
    return encoding === 'protobuf' && offers.protobuf === false ? undefined : { encoding, contentType };
  const metaVersion = clause.parameters.get('v') ?? 'v1';
  if (clause.parameters.get('g') !== 'meta.k8s.io' || (metaVersion !== 'v1' && metaVersion !== 'v1beta1'))
    return undefined;
  // Tables have no form in protobuf.
  if (as === 'Table' && offers.table === true && encoding !== 'protobuf')
    return { encoding, contentType, as, metaVersion };
  if (as === offers.partial && as !== undefined) return { encoding, contentType, as: offers.partial, metaVersion };
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
