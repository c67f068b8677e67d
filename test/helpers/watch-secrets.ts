import { subscribe } from 'node:diagnostics_channel';
import { syncBuiltinESMExports } from 'node:module';
import util from 'node:util';
import { SecretWatch } from './secret-watch.js';

// The secrets test is every test: what each file's programs show as credentials is known from the requests they make, and is looked for
// in every error that is made, every line that is logged, every warning, everything that is inspected and every event on a channel.

/** Channels of this package. */
const CHANNELS = ['request:start', 'request:headers', 'request:end', 'request:retry', 'credentials'];
/** So many errors of a test are searched whole when it is over, of one message one of each class; beyond that, those whose message is suspect. */
const MOST_WHOLE = 300;
/** The errors of the language: those of this package extend them. */
const ERRORS = ['Error', 'TypeError', 'RangeError', 'SyntaxError', 'AggregateError'] as const;
const LOGS = ['log', 'info', 'warn', 'error', 'debug', 'trace'] as const;

const inspect = util.inspect;
const watch = new SecretWatch();
const errors = new Map<string, unknown>();

/**
 * Counts a value as secret in this test file, where no request over HTTP shows it: a password that is only told to a proxy, what a plugin
 * writes that is refused. Gives the value.
 */
export function secret<T extends string>(value: T): T {
  watch.add(value, 'a value given to secret()');
  return value;
}

/** Begins to watch, in this process. Called once, before a test file is loaded. */
export function watchSecrets(): void {
  watchRequests();
  watchErrors();
  for (const name of LOGS) {
    const log: (...words: unknown[]) => void = console[name];
    console[name] = (...words: unknown[]) => {
      watch.search('console', util.format(...words));
      log.apply(console, words);
    };
  }
  process.on('warning', (warning) => watch.search('warning', inspect(warning)));
  const watched = Object.assign((...words: Parameters<typeof inspect>) => {
    const text = inspect(...words);
    watch.search('inspect', text);
    return text;
  }, inspect);
  util.inspect = watched;
  syncBuiltinESMExports();
  for (const name of CHANNELS) {
    subscribe(`keelson:${name}`, (event) => watch.search('event', inspect(event, { depth: 6, showHidden: true })));
  }
}

/** Every error made since is searched whole. Gives all that was found since the last call, as lines for a message. */
export function leakedSecrets(): string[] {
  for (const error of errors.values()) {
    if (isForeign(error)) continue;
    watch.search('error', inspect(error, { depth: 8, showHidden: true, maxStringLength: null }));
    watch.search('error', asJson(error));
  }
  errors.clear();
  return watch.leaks.splice(0).map(({ where, secret: what, text }) => `${what} shows in ${where}: ${text}`);
}

/** undici tells of a request before there is a connection for it: what is refused by TLS has not been sent, but is known here. */
function watchRequests(): void {
  subscribe('undici:request:create', (message) => {
    const { request } = message as { request: { headers?: unknown; body?: unknown } };
    const flat = Array.isArray(request.headers) ? request.headers.map(String) : [];
    const pairs = Array.from(
      { length: flat.length / 2 },
      (_, at) => [flat[at * 2] ?? '', flat[at * 2 + 1] ?? ''] as const,
    );
    const { body } = request;
    watch.request(pairs, typeof body === 'string' || Buffer.isBuffer(body) ? body.toString('utf8') : '');
  });
  subscribe('http.server.request.start', (message) => {
    const { request } = message as { request: { headers: Record<string, string | string[] | undefined> } };
    watch.request(
      Object.entries(request.headers).map(([name, value]) => [name, String(value)] as const),
      '',
    );
  });
}

/** Classes that extend the language's errors construct through what stands in their place now; `instanceof` and all else stay as they are. */
function watchErrors(): void {
  for (const name of ERRORS) {
    const original: ErrorConstructor = globalThis[name] as ErrorConstructor;
    const made = <T extends object>(error: T): T => {
      const { message } = error as Error;
      if (errors.size < MOST_WHOLE || watch.mentioned(message))
        errors.set(`${error.constructor.name} ${message}`, error);
      return error;
    };
    const watched = new Proxy(original, {
      construct: (target, words, newTarget) => made(Reflect.construct(target, words, newTarget)),
      apply: (target, self, words) => made(Reflect.apply(target, self, words)),
    });
    Object.defineProperty(globalThis, name, { value: watched, writable: true, configurable: true });
    Object.defineProperty(original.prototype, 'constructor', { value: watched, writable: true, configurable: true });
  }
}

/** Made by a package: what we do with it shows in errors of our own, which hold it as their cause or do not. */
function isForeign(error: unknown): boolean {
  const frames = String(error instanceof Error ? error.stack : '').split(/\n {4}at /);
  const maker = frames.slice(1).find((frame) => !frame.includes('/test/helpers/watch-secrets.'));
  return maker?.includes('/node_modules/') ?? false;
}

function asJson(error: unknown): string {
  try {
    return JSON.stringify(error) ?? '';
  } catch {
    return '';
  }
}
