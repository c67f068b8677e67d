import { createHash, createPrivateKey, generateKeyPairSync, type KeyObject, sign, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import {
  bitString,
  boolean,
  integer,
  objectId,
  octetString,
  pem,
  sequence,
  set,
  tagged,
  time,
  utf8String,
} from './der.js';

// Node reads certificates but does not make them. The libraries that do bring 2.6 MB, a sixth of what the whole package may
// weigh; an ECDSA certificate takes the lines below.

/** A certificate and its private key, both as PEM. */
export interface CertificatePair {
  readonly certificate: string;
  readonly privateKey: string;
}

/** The content of a certificate. */
export interface CertificateOptions {
  /** The CN: a user's name in a client certificate. */
  readonly commonName: string;
  /** The O entries: a user's groups in a client certificate. */
  readonly organizations?: readonly string[];
  readonly use: 'ca' | 'server' | 'client';
  /** DNS names and IP addresses a server answers to. */
  readonly hosts?: readonly string[];
  /** Milliseconds since 1970. Valid from an hour earlier, so that a client with a slow clock accepts it. */
  readonly now: number;
  /** Default: a year. */
  readonly validDays?: number;
  /** Random bytes for the serial number. */
  readonly serial: Uint8Array;
}

const ecdsaWithSha256 = sequence(objectId('1.2.840.10045.4.3.2'));
const extendedUse = { server: '1.3.6.1.5.5.7.3.1', client: '1.3.6.1.5.5.7.3.2' };
const hourMs = 3_600_000;

/** Makes a P-256 key and a certificate for it, signed by `issuer` or, without one, by itself. */
export function makeCertificate(options: CertificateOptions, issuer?: CertificatePair): CertificatePair {
  const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const publicKey = keys.publicKey.export({ type: 'spki', format: 'der' });
  const subject = distinguishedName(options);
  const signer = issuer === undefined ? undefined : readIssuer(issuer);
  const signingKey: KeyObject = signer?.key ?? keys.privateKey;
  const { now, validDays = 365 } = options;

  const body = sequence(
    tagged(0, integer(Buffer.of(2)), true), // version 3
    integer(Buffer.concat([Buffer.of(1), options.serial])),
    ecdsaWithSha256,
    signer?.subject ?? subject,
    sequence(time(new Date(now - hourMs).toISOString()), time(new Date(now + validDays * 24 * hourMs).toISOString())),
    subject,
    publicKey,
    tagged(3, extensions(options, publicKey, signer?.publicKey ?? publicKey), true),
  );
  const signature = sign('sha256', body, signingKey);
  return {
    certificate: pem('CERTIFICATE', sequence(body, ecdsaWithSha256, bitString(signature))),
    privateKey: keys.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

function distinguishedName(options: Pick<CertificateOptions, 'commonName' | 'organizations'>): Buffer {
  const entry = (id: string, value: string) => set(sequence(objectId(id), utf8String(value)));
  return sequence(
    ...(options.organizations ?? []).map((name) => entry('2.5.4.10', name)),
    entry('2.5.4.3', options.commonName),
  );
}

function extensions(options: CertificateOptions, publicKey: Buffer, issuerKey: Buffer): Buffer {
  const ca = options.use === 'ca';
  const list = [
    extension('2.5.29.19', ca ? sequence(boolean(true)) : sequence(), true), // basic constraints
    // Key usage: a CA signs certificates (bit 5) and revocation lists (bit 6), the others make signatures (bit 0).
    extension('2.5.29.15', ca ? bitString(Buffer.of(0x06), 1) : bitString(Buffer.of(0x80), 7), true),
    extension('2.5.29.14', octetString(keyId(publicKey))),
    extension('2.5.29.35', sequence(tagged(0, keyId(issuerKey), false))),
  ];
  if (options.use !== 'ca') list.push(extension('2.5.29.37', sequence(objectId(extendedUse[options.use]))));
  if (options.hosts !== undefined && options.hosts.length > 0) {
    list.push(extension('2.5.29.17', sequence(...options.hosts.map(alternativeName))));
  }
  return sequence(...list);
}

function extension(id: string, value: Uint8Array, critical = false): Buffer {
  return sequence(objectId(id), ...(critical ? [boolean(true)] : []), octetString(value));
}

function alternativeName(host: string): Buffer {
  return isIP(host) === 0 ? tagged(2, Buffer.from(host, 'ascii'), false) : tagged(7, addressBytes(host), false);
}

function addressBytes(address: string): Buffer {
  if (isIP(address) === 4) return Buffer.from(address.split('.').map(Number));
  // The URL parser writes IPv6 in its shortest form, with a dotted end turned into hex.
  const [head = '', tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::');
  const words = (part: string | undefined) => (part ? part.split(':').map((word) => Number.parseInt(word, 16)) : []);
  const start = words(head);
  const end = words(tail);
  const zeros = new Array<number>(8 - start.length - end.length).fill(0);
  return Buffer.from([...start, ...zeros, ...end].flatMap((word) => [word >> 8, word & 0xff]));
}

/** RFC 5280, 4.2.1.2: the SHA-1 of the key's bits, which are the last 65 bytes of a P-256 key. */
function keyId(publicKey: Buffer): Buffer {
  return createHash('sha1').update(publicKey.subarray(-65)).digest();
}

function readIssuer(issuer: CertificatePair): { key: KeyObject; subject: Buffer; publicKey: Buffer } {
  const certificate = new X509Certificate(issuer.certificate);
  const named = certificate.subject.split('\n').map((line) => line.split(/=(.*)/s));
  const values = (key: string) => named.filter(([name]) => name === key).map(([, value = '']) => value);
  return {
    key: createPrivateKey(issuer.privateKey),
    subject: distinguishedName({ commonName: values('CN')[0] ?? '', organizations: values('O') }),
    publicKey: certificate.publicKey.export({ type: 'spki', format: 'der' }),
  };
}
