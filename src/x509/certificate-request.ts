import { Buffer } from 'node:buffer';

/** The object identifier 2.5.4.10 (organization name), as DER holds it. */
const organizationName = Buffer.from([0x06, 0x03, 0x55, 0x04, 0x0a]);

interface Element {
  readonly tag: number;
  /** The whole element, with tag and length. */
  readonly whole: Buffer;
  readonly content: Buffer;
}

/**
 * Returns the organizations in the subject of a PKCS #10 certificate request in PEM (RFC 2986). Undefined for a text that is not such a
 * request.
 */
export function requestedOrganizations(pem: string): string[] | undefined {
  const body = /-----BEGIN CERTIFICATE REQUEST-----([A-Za-z0-9+/=\s]*)-----END CERTIFICATE REQUEST-----/.exec(pem)?.[1];
  if (body === undefined) return undefined;
  const [request] = elements(Buffer.from(body, 'base64'));
  const [info] = request === undefined ? [] : elements(request.content);
  const [, subject] = info === undefined ? [] : elements(info.content);
  if (subject === undefined || subject.tag !== 0x30) return undefined;
  const attributes = elements(subject.content).flatMap((set) => elements(set.content));
  return attributes.flatMap((attribute) => {
    const [type, value] = elements(attribute.content);
    return type?.whole.equals(organizationName) === true && value !== undefined ? [value.content.toString('utf8')] : [];
  });
}

/** Splits DER into its elements. Stops at the first that is not whole. */
function elements(der: Buffer): Element[] {
  const found: Element[] = [];
  let at = 0;
  while (at + 2 <= der.length) {
    const tag = der[at] ?? 0;
    const first = der[at + 1] ?? 0;
    const sizeBytes = first < 0x80 ? 0 : first & 0x7f;
    if (sizeBytes > 4 || at + 2 + sizeBytes > der.length) break;
    const length = sizeBytes === 0 ? first : der.readUIntBE(at + 2, sizeBytes);
    const start = at + 2 + sizeBytes;
    if (start + length > der.length) break;
    found.push({ tag, whole: der.subarray(at, start + length), content: der.subarray(start, start + length) });
    at = start + length;
  }
  return found;
}
