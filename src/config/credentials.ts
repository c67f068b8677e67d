import { readFile } from 'node:fs/promises';
import { ConfigError } from '../errors/index.js';
import { type Clock, systemClock } from '../util/clock.js';
import { lazy } from '../util/single-flight.js';
import { publishCredentials } from './credential-events.js';
import { type Expiring, HeldCredential } from './held-credential.js';
import type { ClientCertificate } from './tls-settings.js';

/** Where a request's credentials come from. Write your own for what is not built in, or see `tokenSource`. */
export interface CredentialSource {
  /** Headers to send, lower-case names. Called for every request: keep what takes work to get. */
  headers(signal?: AbortSignal | undefined): Promise<{ readonly [name: string]: string }>;
  /** After a 401: gets new credentials if it can. True when trying again makes sense. */
  refresh(signal?: AbortSignal | undefined): Promise<boolean>;
  /** A client certificate that belongs to them. When it is another object than before, new connections are made. */
  clientCertificate?(signal?: AbortSignal | undefined): Promise<ClientCertificate | undefined>;
}

/** A bearer token that never changes. */
export function staticToken(token: string): CredentialSource {
  return fixed(`Bearer ${token}`, 'token');
}

/** User name and password (RFC 7617). */
export function basicAuth(username: string, password: string): CredentialSource {
  return fixed(`Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`, 'username and password');
}

function fixed(authorization: string, what: string): CredentialSource {
  // Not even the underlying error may quote it, as Node's does for invalid header values.
  if (!/^[\x20-\x7e]+$/.test(authorization) || authorization.endsWith(' ')) {
    throw new ConfigError(`the ${what} must not be empty and may hold printable ASCII characters only`);
  }
  return { headers: async () => ({ authorization }), refresh: async () => false };
}

/** A token of your own making. */
export interface IssuedToken extends Expiring {
  readonly token: string;
}

/**
 * Credentials of your own: `issue` is called when a token is needed, again shortly before `expiresAtMs`, and after a 401; never twice
 * at once. A text is a token that is good until the server refuses it.
 */
export function tokenSource(
  issue: () => Promise<string | IssuedToken>,
  options: { readonly clock?: Clock | undefined } = {},
): CredentialSource {
  const held = new HeldCredential<IssuedToken>(async () => {
    try {
      const issued = await issue();
      const value = typeof issued === 'string' ? { token: issued } : issued;
      checkToken(value.token, 'the credential source');
      publishCredentials({
        source: 'custom',
        name: issue.name,
        outcome: 'success',
        ...(value.expiresAtMs === undefined ? {} : { expiresAtMs: value.expiresAtMs }),
      });
      return value;
    } catch (error) {
      publishCredentials({ source: 'custom', name: issue.name, outcome: 'failure' });
      throw error;
    }
  }, options.clock ?? systemClock);
  return {
    headers: async (signal) => ({ authorization: `Bearer ${(await held.get(signal)).token}` }),
    refresh: async (signal) => {
      const before = held.last?.token;
      return (await held.renew(signal)).token !== before;
    },
  };
}

/** Throws a `ConfigError` for a token that no header can hold. `from` is for the message. */
export function checkToken(token: unknown, from: string): asserts token is string {
  if (typeof token !== 'string' || !/^[\x21-\x7e]+$/.test(token)) {
    throw new ConfigError(
      `${from} gave a token that is empty or holds other characters than printable ASCII: it is not used`,
    );
  }
}

/** Tokens of service accounts are rotated well before they expire; a minute is client-go's interval too. */
const REREAD_MS = 60_000;

/**
 * A bearer token in a file that may be replaced: read again at most a minute later, and at once after a 401. `fallback` is used as long as
 * the file cannot be read.
 */
export class TokenFile implements CredentialSource {
  readonly #path: string;
  readonly #clock: Clock;
  #token: string;
  #readAt = Number.NEGATIVE_INFINITY;
  #load: () => Promise<string>;

  constructor(path: string, clock: Clock = systemClock, fallback = '') {
    if (fallback !== '') checkToken(fallback, `the token beside the token file ${path}`);
    this.#path = path;
    this.#clock = clock;
    this.#token = fallback;
    this.#load = lazy(() => this.#read());
  }

  async headers(): Promise<{ readonly [name: string]: string }> {
    if (this.#clock.now() - this.#readAt >= REREAD_MS) this.#load = lazy(() => this.#read());
    return { authorization: `Bearer ${await this.#load()}` };
  }

  async refresh(): Promise<boolean> {
    const before = this.#token;
    this.#load = lazy(() => this.#read());
    return (await this.#load()) !== before;
  }

  async #read(): Promise<string> {
    this.#readAt = this.#clock.now();
    let token: string;
    try {
      token = (await readFile(this.#path, 'utf8')).trim();
    } catch (cause) {
      publishCredentials({ source: 'token-file', name: this.#path, outcome: 'failure' });
      // A token that is being replaced may be missing for a moment; the last one is likely still good.
      if (this.#token !== '') return this.#token;
      throw new ConfigError(`the token file ${this.#path} cannot be read`, { cause });
    }
    if (token === '' && this.#token !== '') return this.#token;
    if (token === '') throw new ConfigError(`the token file ${this.#path} is empty`);
    checkToken(token, `the token file ${this.#path}`);
    if (token !== this.#token) publishCredentials({ source: 'token-file', name: this.#path, outcome: 'success' });
    this.#token = token;
    return token;
  }
}
