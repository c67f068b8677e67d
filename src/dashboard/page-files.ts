import { randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { extname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ConfigError } from '../errors/index.js';

const mediaTypes: { readonly [extension: string]: string } = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};

/** The built files of the page. They are read once, so that a request can only get what was there when the dashboard started. */
export class PageFiles {
  readonly #files: ReadonlyMap<string, Uint8Array>;
  readonly #index: string;

  private constructor(files: ReadonlyMap<string, Uint8Array>, index: string) {
    this.#files = files;
    this.#index = index;
  }

  /** Reads a folder. Rejects with a `ConfigError` if it does not hold a page. */
  static async read(folder: URL): Promise<PageFiles> {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
    const files = new Map<string, Uint8Array>();
    for (const entry of entries) {
      if (!entry.isFile()) continue;
      const path = join(entry.parentPath, entry.name);
      const name = relative(fileURLToPath(folder), path).replaceAll('\\', '/');
      files.set(`/${name}`, await readFile(path));
    }
    const index = files.get('/index.html');
    if (index === undefined)
      throw new ConfigError(
        'cannot serve the dashboard: its page is not built. Run `npm run build` in the repository.',
      );
    return new PageFiles(files, Buffer.from(index).toString('utf8'));
  }

  /** Answers with a file; with the page itself for a path without an extension, which is one of its routes. */
  serve(path: string, response: ServerResponse, headOnly: boolean): void {
    const file = path === '/index.html' ? undefined : this.#files.get(path);
    if (file === undefined && extname(path) !== '' && path.startsWith('/assets/')) {
      response.writeHead(404, { 'content-type': 'text/plain; charset=utf-8' }).end('not found\n');
      return;
    }
    const nonce = randomBytes(16).toString('base64');
    const body = file ?? Buffer.from(this.#index.replaceAll('__NONCE__', nonce));
    response.writeHead(200, {
      'content-type': mediaTypes[file === undefined ? '.html' : extname(path)] ?? 'application/octet-stream',
      'content-length': body.length,
      // Names of built files carry a hash of their content.
      'cache-control': file === undefined ? 'no-store' : 'public, max-age=31536000, immutable',
      ...pageHeaders(nonce),
    });
    response.end(headOnly ? undefined : body);
  }
}

/** Headers of every answer that a browser may show. Nothing from elsewhere is loaded, and no other page can frame this one. */
function pageHeaders(nonce: string): { readonly [name: string]: string } {
  return {
    'content-security-policy': [
      "default-src 'none'",
      "script-src 'self'",
      `style-src 'self' 'nonce-${nonce}'`,
      // The editor places its lines by style attributes.
      "style-src-attr 'unsafe-inline'",
      "img-src 'self' data:",
      "font-src 'self'",
      "connect-src 'self'",
      "frame-src 'self'",
      "worker-src 'self'",
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
    ].join('; '),
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'permissions-policy': 'camera=(), geolocation=(), microphone=()',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
  };
}
