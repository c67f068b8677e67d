import { createReadStream } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { extname, join, normalize } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { goErrorHeaders, type KubeletRequest } from './plain-response.js';

const TYPES: Readonly<Record<string, string>> = {
  '.log': 'text/x-log; charset=utf-8',
  '.txt': 'text/plain; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.json': 'application/json',
  '.gz': 'application/gzip',
};

/** Serves `/logs/…`: files below a folder of the node, and lists of folders. */
export async function serveNodeLogs(
  request: KubeletRequest,
  segments: readonly string[],
  folder: string,
): Promise<void> {
  const missing = () => request.answer(404, '404 page not found\n', goErrorHeaders);
  const path = normalize(join('/', ...segments));
  const [root, real] = await Promise.all(
    [folder, join(folder, path)].map((one) => realpath(one).catch(() => undefined)),
  );
  // Links do not lead out of the folder.
  if (root === undefined || real === undefined || (real !== root && !real.startsWith(`${root}/`))) return missing();
  const found = await stat(real);
  const modified = ['Last-Modified', found.mtime.toUTCString()] as const;
  if (found.isDirectory()) {
    if (!request.path.endsWith('/')) return redirect(request, `${request.path.split('/').at(-1)}/`);
    const entries = await readdir(real, { withFileTypes: true });
    const names = entries.map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name)).sort();
    const links = names.map((name) => `<a href="${encodeURI(name)}">${escaped(name)}</a>\n`).join('');
    const head = '<!doctype html>\n<meta name="viewport" content="width=device-width">\n';
    request.answer(200, `${head}<pre>\n${links}</pre>\n`, [['Content-Type', 'text/html; charset=utf-8'], modified]);
    return;
  }
  const { response } = request;
  if (!found.isFile() || response === undefined) return missing();
  const range = rangeIn(request.request.headers.range, found.size);
  if (range === 'unsatisfiable') {
    request.answer(416, 'invalid range: failed to overlap\n', [
      ...goErrorHeaders,
      ['Content-Range', `bytes */${found.size}`],
    ]);
    return;
  }
  const { start, end } = range ?? { start: 0, end: found.size - 1 };
  response.writeHead(range === undefined ? 200 : 206, {
    'Accept-Ranges': 'bytes',
    'Content-Type': TYPES[extname(real)] ?? 'text/plain; charset=utf-8',
    'Content-Length': end - start + 1,
    'Last-Modified': modified[1],
    ...(range === undefined ? {} : { 'Content-Range': `bytes ${start}-${end}/${found.size}` }),
  });
  if (request.method === 'HEAD' || found.size === 0) response.end();
  // The file may grow meanwhile: no more is sent than was promised.
  else await pipeline(createReadStream(real, { start, end }), response);
}

function redirect({ answer }: KubeletRequest, location: string): void {
  answer(301, '', [['Location', location]]);
}

/** Reads a single range. Several ranges are answered with the whole file. */
function rangeIn(
  header: string | undefined,
  size: number,
): { start: number; end: number } | 'unsatisfiable' | undefined {
  const [, from = '', to = ''] = /^bytes=(\d*)-(\d*)$/.exec(header ?? '') ?? [];
  if (from === '' && to === '') return undefined;
  const start = from === '' ? Math.max(0, size - Number(to)) : Number(from);
  const end = from === '' || to === '' ? size - 1 : Math.min(Number(to), size - 1);
  return start >= size || start > end ? 'unsatisfiable' : { start, end };
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}
