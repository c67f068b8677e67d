import { Buffer } from 'node:buffer';
import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import { type DerElement, derElements, extensionValue, insideOf, readObjectId } from './read-der.js';

const sequenceTag = 0x30;
const bitStringTag = 0x03;
const objectIdTag = 0x06;
const commonNameId = '2.5.4.3';
const organizationId = '2.5.4.10';
const extensionRequestId = '1.2.840.113549.1.9.14';
const alternativeNamesId = '2.5.29.17';

/** The digest of each signature algorithm. Those without one sign the text itself. */
const digests: Readonly<Record<string, string | null>> = {
  '1.2.840.113549.1.1.5': 'sha1',
  '1.2.840.113549.1.1.11': 'sha256',
  '1.2.840.113549.1.1.12': 'sha384',
  '1.2.840.113549.1.1.13': 'sha512',
  '1.2.840.10045.4.3.2': 'sha256',
  '1.2.840.10045.4.3.3': 'sha384',
  '1.2.840.10045.4.3.4': 'sha512',
  '1.3.101.112': null,
};

/** The names of each sort that a request asks for beside its subject. */
interface AlternativeNames {
  readonly dns: number;
  readonly email: number;
  readonly uri: number;
  readonly ip: number;
}

/** A PKCS #10 certificate request (RFC 2986). */
export interface CertificateRequest {
  readonly commonName: string;
  readonly organizations: readonly string[];
  /** The number of alternative names of each sort. */
  readonly names: AlternativeNames;
  /** The parts that a certificate takes over as they are, in DER. */
  readonly subject: Buffer;
  readonly publicKey: Buffer;
  readonly alternativeNames: Buffer | undefined;
  /** True if who asks has the private key of the public one. */
  readonly isSigned: () => boolean;
}

/** Reads a certificate request in PEM. Returns undefined for a text that is not one. */
export function readCertificateRequest(pem: string): CertificateRequest | undefined {
  const body = /-----BEGIN CERTIFICATE REQUEST-----([A-Za-z0-9+/=\s]*)-----END CERTIFICATE REQUEST-----/.exec(pem)?.[1];
  if (body === undefined) return undefined;
  const [outer] = derElements(Buffer.from(body, 'base64'));
  if (outer?.tag !== sequenceTag) return undefined;
  const [info, algorithm, signature] = derElements(outer.content);
  if (info?.tag !== sequenceTag) return undefined;
  const [, subject, publicKey, attributes] = derElements(info.content);
  if (subject?.tag !== sequenceTag) return undefined;
  const alternativeNames = extensionValue(requestedExtensions(attributes), alternativeNamesId);
  return {
    commonName: textsOf(subject, commonNameId).at(-1) ?? '',
    organizations: textsOf(subject, organizationId),
    names: countNames(alternativeNames),
    subject: subject.whole,
    publicKey: publicKey?.whole ?? Buffer.alloc(0),
    alternativeNames,
    isSigned: () => isSigned(info.whole, publicKey?.whole, algorithm, signature),
  };
}

function textsOf(name: DerElement, id: string): string[] {
  const attributes = derElements(name.content).flatMap((set) => derElements(set.content));
  return attributes.flatMap((attribute) => {
    const [type, value] = derElements(attribute.content);
    return type !== undefined && value !== undefined && readObjectId(type) === id
      ? [value.content.toString('utf8')]
      : [];
  });
}

function requestedExtensions(attributes: DerElement | undefined): Buffer | undefined {
  for (const { content } of attributes === undefined ? [] : derElements(attributes.content)) {
    const [type, values] = derElements(content);
    if (type !== undefined && readObjectId(type) === extensionRequestId) return values?.content;
  }
  return undefined;
}

/** Counts names by their tags (RFC 5280, 4.2.1.6). */
function countNames(names: Buffer | undefined): AlternativeNames {
  const tags = insideOf(names).map(({ tag }) => tag & 0x1f);
  const count = (tag: number) => tags.filter((one) => one === tag).length;
  return { email: count(1), dns: count(2), uri: count(6), ip: count(7) };
}

function isSigned(
  info: Buffer,
  publicKey: Buffer | undefined,
  algorithm: DerElement | undefined,
  signature: DerElement | undefined,
): boolean {
  const [id] = algorithm?.tag === sequenceTag ? derElements(algorithm.content) : [];
  const digest = id === undefined ? undefined : digests[readObjectId(id)];
  if (digest === undefined || publicKey === undefined || signature?.tag !== bitStringTag) return false;
  // The first byte counts the unused bits, of which a signature has none.
  if (id?.tag !== objectIdTag || signature.content[0] !== 0) return false;
  try {
    const key: KeyObject = createPublicKey({ key: publicKey, format: 'der', type: 'spki' });
    return verify(digest, info, key, signature.content.subarray(1));
  } catch {
    return false;
  }
}
