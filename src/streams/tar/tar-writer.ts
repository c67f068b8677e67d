import { BLOCK, type TarEntry, TarError, tarChecksum } from './tar-entry.js';

const TYPES = { file: '0', link: '1', symlink: '2', directory: '5', other: '0' } as const;
const MOST_OCTAL_SIZE = 0o77777777777;

/** Encodes the head of an entry: ustar, after a pax head where a name, a size or a time does not fit into ustar. */
export function tarHeader(entry: TarEntry): Buffer {
  const records: string[] = [];
  const wholeSeconds = Math.max(0, Math.floor(entry.mtime));
  if (!fits(entry.name)) records.push(paxRecord('path', entry.name));
  if (!fits(entry.linkName)) records.push(paxRecord('linkpath', entry.linkName));
  if (entry.size > MOST_OCTAL_SIZE) records.push(paxRecord('size', String(entry.size)));
  if (entry.mtime !== wholeSeconds) records.push(paxRecord('mtime', entry.mtime.toFixed(6)));
  const main = ustar(entry, TYPES[entry.type], wholeSeconds);
  if (records.length === 0) return main;
  const pax = Buffer.from(records.join(''), 'utf8');
  const head = { ...entry, name: 'pax', linkName: '', size: pax.length };
  return Buffer.concat([ustar(head, 'x', wholeSeconds), pax, tarPadding(pax.length), main]);
}

/** Returns the zeros that fill the last block of content. */
export function tarPadding(size: number): Buffer {
  return Buffer.alloc((BLOCK - (size % BLOCK)) % BLOCK);
}

/** Returns the end of an archive: two empty blocks. */
export function tarEnd(): Buffer {
  return Buffer.alloc(2 * BLOCK);
}

function ustar(entry: TarEntry, type: string, mtime: number): Buffer {
  const header = Buffer.alloc(BLOCK);
  header.write(entry.name, 0, 100, 'utf8');
  header.write(octal(entry.mode & 0o7777, 7), 100);
  header.write(octal(0, 7), 108);
  header.write(octal(0, 7), 116);
  header.write(octal(entry.size > MOST_OCTAL_SIZE ? 0 : entry.size, 11), 124);
  header.write(octal(mtime, 11), 136);
  header.write(type, 156);
  header.write(entry.linkName, 157, 100, 'utf8');
  header.write('ustar\x0000', 257, 'latin1');
  header.write(`${octal(tarChecksum(header), 6)}\0 `, 148, 'latin1');
  return header;
}

function fits(text: string): boolean {
  return Buffer.byteLength(text) <= 100 && /^[\x20-\x7e]*$/.test(text);
}

function octal(value: number, digits: number): string {
  return value.toString(8).padStart(digits, '0');
}

/** Encodes `length key=value`, where the length counts itself. */
function paxRecord(key: string, value: string): string {
  if (value.includes('\0')) throw new TarError(`${key} holds a zero byte`);
  const rest = ` ${key}=${value}\n`;
  const bytes = Buffer.byteLength(rest);
  let length = bytes + String(bytes).length;
  if (String(length).length > String(bytes).length) length = bytes + String(length).length;
  return `${length}${rest}`;
}
