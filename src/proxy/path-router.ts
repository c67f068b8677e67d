import type { ServerResponse } from 'node:http';
import { InvalidRequestError } from '../errors/index.js';
import { notFound, type ProxyHandler, type ProxyRequest, respond } from './proxy-request.js';
import { cleanPath, escaped, escapedPath, unescaped } from './request-path.js';

/** A part of the paths and its handler. */
interface Route {
  /** Empty: any. */
  readonly host: string;
  readonly segments: readonly string[];
  readonly handler: ProxyHandler;
}

/**
 * Hands each request to the handler with the longest prefix of its path, as Go's `http.ServeMux` does: other spellings of a path, and a
 * prefix without its slash, are redirected.
 */
export class PathRouter {
  readonly #routes: Route[] = [];

  /** Adds a handler. `prefix` ends with a slash; what stands before its first slash is a host. Throws when it is taken. */
  add(prefix: string, handler: ProxyHandler): void {
    const at = prefix.indexOf('/');
    const [host, segments] = [prefix.slice(0, at), segmentsOf(prefix.slice(at))];
    const isTaken = (route: Route) => route.host === host && route.segments.join('/') === segments.join('/');
    if (this.#routes.some(isTaken)) {
      throw new InvalidRequestError(`cannot serve two things under ${JSON.stringify(prefix)}: choose another prefix`);
    }
    this.#routes.push({ host, segments, handler });
    this.#routes.sort((a, b) => b.host.length - a.host.length || b.segments.length - a.segments.length);
  }

  handle(request: ProxyRequest, response: ServerResponse): void {
    const written = escapedPath(request.path);
    const clean = cleanPath(written);
    const segments = segmentsOf(clean);
    const host = request.host.replace(/:\d*$/, '');
    const route = this.#routes.find(
      (one) => (one.host === '' || one.host === host) && one.segments.every((segment, i) => segments[i] === segment),
    );
    const isPrefix = route !== undefined && route.segments.length === segments.length && segments.length > 0;
    if (isPrefix && !clean.endsWith('/')) {
      redirect(request, response, `${escaped(cleanPath(request.path.path))}/${request.query}`);
    } else if (clean !== written) {
      // Go escapes the escaped path once more.
      redirect(request, response, `${escaped(clean)}${request.query}`);
    } else if (route === undefined) {
      notFound(response);
    } else {
      route.handler(request, response);
    }
  }
}

/** Answers as Go's `http.Redirect` does with 307. */
function redirect({ method }: ProxyRequest, response: ServerResponse, location: string): void {
  if (method !== 'GET' && method !== 'HEAD') {
    respond(response, 307, { Location: location, 'Content-Length': 0 });
    response.end();
    return;
  }
  const body = Buffer.from(`<a href="${htmlEscaped(location)}">Temporary Redirect</a>.\n\n`);
  respond(response, 307, {
    'Content-Type': 'text/html; charset=utf-8',
    Location: location,
    ...(method === 'GET' ? { 'Content-Length': body.length } : {}),
  });
  response.end(method === 'GET' ? body : undefined);
}

/** Escapes the characters that mean something in HTML. */
export function htmlEscaped(text: string): string {
  const names: { readonly [character: string]: string } = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&#34;',
    "'": '&#39;',
  };
  return text.replace(/[&<>"']/g, (character) => names[character] ?? character);
}

function segmentsOf(path: string): string[] {
  return path
    .split('/')
    .filter((segment) => segment !== '')
    .map((segment) => unescaped(segment) ?? segment);
}
