/** The number of bytes at the beginning that the type is read from. */
export const sniffedBytes = 512;

const tags = ['!doctype html', 'html', 'head', 'script', 'iframe', 'h1', 'div', 'font', 'table', 'a', 'style', 'title'];
const html = new RegExp(`^[\\t\\n\\f\\r ]*<(?:${[...tags, 'b', 'body', 'br', 'p', '!--'].join('|')})[ >]`, 'i');
const xml = /^[\t\n\f\r ]*<\?xml/;

/** The beginnings of files, as byte strings, by their type. */
const beginnings: readonly (readonly [string, string])[] = [
  ['%PDF-', 'application/pdf'],
  ['%!PS-Adobe-', 'application/postscript'],
  ['\u00fe\u00ff', 'text/plain; charset=utf-16be'],
  ['\u00ff\u00fe', 'text/plain; charset=utf-16le'],
  ['\u00ef\u00bb\u00bf', 'text/plain; charset=utf-8'],
  ['\0\0\u0001\0', 'image/x-icon'],
  ['\0\0\u0002\0', 'image/x-icon'],
  ['BM', 'image/bmp'],
  ['GIF87a', 'image/gif'],
  ['GIF89a', 'image/gif'],
  ['\u0089PNG\r\n\u001a\n', 'image/png'],
  ['\u00ff\u00d8\u00ff', 'image/jpeg'],
  ['ID3', 'audio/mpeg'],
  ['OggS\0', 'application/ogg'],
  ['MThd\0\0\0\u0006', 'audio/midi'],
  ['\u001a\u0045\u00df\u00a3', 'video/webm'],
  ['\0\u0001\0\0', 'font/ttf'],
  ['OTTO', 'font/otf'],
  ['ttcf', 'font/collection'],
  ['wOFF', 'font/woff'],
  ['wOF2', 'font/woff2'],
  ['\u001f\u008b\u0008', 'application/x-gzip'],
  ['PK\u0003\u0004', 'application/zip'],
  ['Rar!\u001a\u0007\0', 'application/x-rar-compressed'],
  ['Rar!\u001a\u0007\u0001\0', 'application/x-rar-compressed'],
  ['\0asm', 'application/wasm'],
];

/** Containers: the beginning, four bytes of length, and the word that follows them. */
const containers: readonly (readonly [string, string, string])[] = [
  ['RIFF', 'WEBPVP', 'image/webp'],
  ['FORM', 'AIFF', 'audio/aiff'],
  ['RIFF', 'AVI ', 'video/avi'],
  ['RIFF', 'WAVE', 'audio/wave'],
];

/**
 * Returns the media type that the first bytes of a file or a body show, by the rules of https://mimesniff.spec.whatwg.org, as Go's servers
 * do for a response that names none.
 */
export function sniffedType(bytes: Uint8Array): string {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, sniffedBytes));
  const text = head.toString('latin1');
  if (html.test(text)) return 'text/html; charset=utf-8';
  if (xml.test(text)) return 'text/xml; charset=utf-8';
  const found =
    beginnings.find(([start]) => text.startsWith(start))?.[1] ??
    containers.find(([start, word]) => text.startsWith(start) && text.startsWith(word, 8))?.[2];
  if (found !== undefined) return found;
  return head.some(isBinary) ? 'application/octet-stream' : 'text/plain; charset=utf-8';
}

function isBinary(byte: number): boolean {
  return byte < 0x20 && ![0x09, 0x0a, 0x0c, 0x0d, 0x1b].includes(byte);
}
