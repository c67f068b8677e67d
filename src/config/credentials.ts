import { readFile } from 'node:fs/promises';
import { ConfigError } from '../errors/index.js';
import { type Clock, systemClock } from '../util/clock.js';
import { lazy } from '../util/single-flight.js';

/** Where a request's credentials come from. */
export interface CredentialSource {
  /** Headers to send, lower-case names. */
  headers(signal?: AbortSignal | undefined): Promise<{ readonly [name: string]: string }>;
  /** After a 401: gets new credentials if it can. True when trying again makes sense. */
  refresh(signal?: AbortSignal | undefined): Promise<boolean>;
}

/** A bearer token that never changes. */
export function staticToken(token: string): CredentialSource {
  return fixed(`Bearer ${token}`);
}

/** User name and password (RFC 7617). */
export function basicAuth(username: string, password: string): CredentialSource {
  return fixed(`Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`);
}

function fixed(authorization: string): CredentialSource {
  return { headers: async () => ({ authorization }), refresh: async () => false };
}

/** Tokens of service accounts are rotated well before they expire; a minute is client-go's interval too. */
const REREAD_MS = 60_000;

/** A bearer token in a file that may be replaced: read again at most a minute later, and at once after a 401. */
export class TokenFile implements CredentialSource {
  readonly #path: string;
  readonly #clock: Clock;
  #token = '';
  #readAt = Number.NEGATIVE_INFINITY;
  #load: () => Promise<string>;

  constructor(path: string, clock: Clock = systemClock) {
    this.#path = path;
    this.#clock = clock;
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
      // A token that is being replaced may be missing for a moment; the last one is likely still good.
      if (this.#token !== '') return this.#token;
      throw new ConfigError(`the token file ${this.#path} cannot be read`, { cause });
    }
    if (token === '') throw new ConfigError(`the token file ${this.#path} is empty`);
    this.#token = token;
    return token;
  }
}
