import { createReadStream, type Stats } from 'node:fs';
import { open, readdir, stat } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { pipeline } from 'node:stream';
import { sniffedBytes, sniffedType } from '../util/sniffed-type.js';
import { mediaTypeOf } from './media-type.js';
import { htmlEscaped } from './path-router.js';
import { notFound, type ProxyHandler, type ProxyRequest, plainError, respond } from './proxy-request.js';
import { cleanPath, escaped, textOf } from './request-path.js';

/** Returns the handler that serves the files of a folder under a prefix that ends with a slash, as Go's `http.FileServer` does. */
export function staticFiles(folder: string, prefix: string): ProxyHandler {
  return (request, response) => {
    const { path } = request.path;
    if (!path.startsWith(prefix)) {
      notFound(response);
      return;
    }
    const rest = path.slice(prefix.length);
    serve(folder, rest.startsWith('/') ? rest : `/${rest}`, request, response).catch((error: unknown) => {
      if (response.headersSent) response.destroy();
      else fileError(response, error);
    });
  };
}

async function serve(folder: string, path: string, request: ProxyRequest, response: ServerResponse): Promise<void> {
  if (path.endsWith('/index.html')) return moved(response, `./${request.query}`);
  const clean = cleanPath(path);
  const name = textOf(clean);
  if (name.includes('\0')) throw new RangeError('a file name with a NUL');
  const file = join(folder, name.replace(/\/$/, ''));
  const facts = await stat(file);
  if (facts.isDirectory()) {
    if (!path.endsWith('/')) return moved(response, `${escaped(baseOf(clean))}/${request.query}`);
    const index = join(file, 'index.html');
    const found = await stat(index).catch(() => undefined);
    if (found?.isFile() === true) return serveFile(index, found, request, response);
    return listFolder(file, facts, request, response);
  }
  if (path.endsWith('/')) return moved(response, `../${escaped(baseOf(clean))}${request.query}`);
  return serveFile(file, facts, request, response);
}

async function serveFile(file: string, facts: Stats, request: ProxyRequest, response: ServerResponse): Promise<void> {
  if (isUnmodified(request, facts)) return notModified(response, facts);
  const type = mediaTypeOf(file) ?? sniffedType(await firstBytes(file));
  const modified = { 'Last-Modified': facts.mtime.toUTCString() };
  const range = rangeOf(request, facts);
  if (range === 'bad' || range === 'outside') {
    const text = range === 'bad' ? 'invalid range' : 'invalid range: failed to overlap';
    if (range === 'outside') response.setHeader('Content-Range', `bytes */${facts.size}`);
    plainError(response, 416, text);
    return;
  }
  const { start, end } = range ?? { start: 0, end: facts.size - 1 };
  respond(response, range === undefined ? 200 : 206, {
    'Accept-Ranges': 'bytes',
    'Content-Length': end - start + 1,
    'Content-Type': type,
    ...(range === undefined ? {} : { 'Content-Range': `bytes ${start}-${end}/${facts.size}` }),
    ...modified,
  });
  if (request.method === 'HEAD' || end < start) response.end();
  else pipeline(createReadStream(file, { start, end }), response, () => {});
}

async function listFolder(
  folder: string,
  facts: Stats,
  request: ProxyRequest,
  response: ServerResponse,
): Promise<void> {
  if (isUnmodified(request, facts)) return notModified(response, facts);
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries.map((entry) => `${entry.name}${entry.isDirectory() ? '/' : ''}`);
  names.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  const lines = names.map((name) => {
    const path = escaped(Buffer.from(name).toString('latin1'));
    const isScheme = /^[^/]*:/.test(path);
    return `<a href="${isScheme ? './' : ''}${path}">${htmlEscaped(name)}</a>\n`;
  });
  const head = '<!doctype html>\n<meta name="viewport" content="width=device-width">\n<pre>\n';
  const body = Buffer.from(`${head}${lines.join('')}</pre>\n`);
  respond(response, 200, {
    'Content-Type': 'text/html; charset=utf-8',
    'Content-Length': body.length,
    'Last-Modified': facts.mtime.toUTCString(),
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}

/** Redirects to a place beside this one. */
function moved(response: ServerResponse, location: string): void {
  respond(response, 301, { Location: location, 'Content-Length': 0 });
  response.end();
}

function notModified(response: ServerResponse, facts: Stats): void {
  respond(response, 304, { 'Last-Modified': facts.mtime.toUTCString() });
  response.end();
}

function isUnmodified({ method, headers }: ProxyRequest, facts: Stats): boolean {
  const since = Date.parse(headers['if-modified-since'] ?? '');
  if ((method !== 'GET' && method !== 'HEAD') || headers['if-none-match'] !== undefined) return false;
  return Math.floor(facts.mtimeMs / 1000) * 1000 <= since;
}

/** Reads a range of bytes. Several ranges at once are answered with the whole file. */
function rangeOf(
  { headers }: ProxyRequest,
  { size }: Stats,
): { readonly start: number; readonly end: number } | 'bad' | 'outside' | undefined {
  const { range } = headers;
  if (range === undefined || range.includes(',')) return undefined;
  const [, first, last] = /^bytes=\s*(\d*)\s*-\s*(\d*)\s*$/.exec(range) ?? [];
  if (first === undefined || last === undefined || (first === '' && last === '')) return 'bad';
  if (first === '') return { start: Math.max(0, size - Number(last)), end: size - 1 };
  const [start, end] = [Number(first), last === '' ? size - 1 : Math.min(Number(last), size - 1)];
  if (last !== '' && start > Number(last)) return 'bad';
  return start >= size ? 'outside' : { start, end };
}

async function firstBytes(file: string): Promise<Uint8Array> {
  const handle = await open(file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(sniffedBytes), 0, sniffedBytes, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

function baseOf(path: string): string {
  return path.replace(/\/$/, '').split('/').at(-1) ?? '';
}

function fileError(response: ServerResponse, error: unknown): void {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT' || code === 'ENOTDIR') notFound(response);
  else if (code === 'EACCES' || code === 'EPERM') plainError(response, 403, '403 Forbidden');
  else plainError(response, 500, '500 Internal Server Error');
}
