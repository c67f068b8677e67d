import { Buffer } from 'node:buffer';
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { textOf } from '../../../util/json-fields.js';
import type { JsonObject } from '../../../util/json-value.js';

/** Warnings about a certificate and a key that do not belong together, or are none, in the words of Go's TLS. */
export function keyPairWarnings(data: JsonObject): string[] {
  const [certificate, key] = ['tls.crt', 'tls.key'].map((name) => Buffer.from(textOf(data[name]), 'base64').toString());
  const fault = certificateFault(certificate ?? '') ?? keyFault(key ?? '', certificate ?? '');
  return fault === undefined ? [] : [`tls: ${fault}`];
}

/** Returns the labels of the PEM blocks in a text, in one pass: a search for the end of each block would be quadratic. */
export function blocksOf(text: string): string[] {
  const marks = [...text.matchAll(/-----(BEGIN|END) ([^-]+)-----/g)].map(([, mark, label = '']) => ({ mark, label }));
  const ends = new Map<string, number>();
  for (const { mark, label } of marks) if (mark === 'END') ends.set(label, (ends.get(label) ?? 0) + 1);
  const blocks: string[] = [];
  let open: string | undefined;
  for (const { mark, label } of marks) {
    const left = ends.get(label) ?? 0;
    if (mark === 'BEGIN') {
      if (open === undefined && left > 0) open = label;
      continue;
    }
    ends.set(label, left - 1);
    if (label !== open) continue;
    blocks.push(label);
    open = undefined;
  }
  return blocks;
}

function certificateFault(text: string): string | undefined {
  const blocks = blocksOf(text);
  if (blocks.includes('CERTIFICATE')) return undefined;
  if (blocks.length === 0) return 'failed to find any PEM data in certificate input';
  if (blocks.length === 1 && blocks[0]?.endsWith('PRIVATE KEY') === true)
    return 'failed to find certificate PEM data in certificate input, but did find a private key; PEM inputs may have been switched';
  return `failed to find "CERTIFICATE" PEM block in certificate input after skipping PEM blocks of the following types: [${blocks.join(' ')}]`;
}

function keyFault(text: string, certificate: string): string | undefined {
  const blocks = blocksOf(text);
  if (!blocks.some((block) => block === 'PRIVATE KEY' || block.endsWith(' PRIVATE KEY'))) {
    if (blocks.length === 0) return 'failed to find any PEM data in key input';
    if (blocks.length === 1 && blocks[0] === 'CERTIFICATE')
      return 'found a certificate rather than a key in the PEM for the private key';
    return `failed to find PEM block with type ending in "PRIVATE KEY" in key input after skipping PEM blocks of the following types: [${blocks.join(' ')}]`;
  }
  const held = readCertificate(certificate);
  if (held === undefined) return 'failed to parse certificate';
  const key = readKey(text);
  if (key === undefined) return 'failed to parse private key';
  return held.checkPrivateKey(key) ? undefined : 'private key does not match public key';
}

function readCertificate(text: string): X509Certificate | undefined {
  try {
    return new X509Certificate(text);
  } catch {
    return undefined;
  }
}

function readKey(text: string): KeyObject | undefined {
  try {
    return createPrivateKey(text);
  } catch {
    return undefined;
  }
}
