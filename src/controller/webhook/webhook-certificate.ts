import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';
import { ConfigError } from '../../errors/index.js';
import type { Clock, Timer } from '../../util/clock.js';

/** Where the certificate of a webhook server comes from. */
export type WebhookCertificate =
  | {
      /** Files in PEM, such as those of a mounted Secret: `tls.crt` and `tls.key`. Read again every ten seconds. */
      readonly certFile: string;
      readonly keyFile: string;
    }
  | {
      /** PEM text, for tests and for those who rotate by restarting. */
      readonly cert: string;
      readonly key: string;
    };

/** A certificate and its key, in PEM. */
export interface KeyPair {
  readonly cert: string;
  readonly key: string;
}

/** As controller-runtime's certwatcher: mounted Secrets change by renaming folders, which is seen surest by looking. */
const LOOK_EVERY_MS = 10_000;

/** A key pair that is read anew when its files change. */
export class ReloadingKeyPair {
  readonly #source: WebhookCertificate;
  readonly #clock: Clock;
  readonly #onChange: (pair: KeyPair) => void;
  readonly #onError: (error: unknown) => void;
  #current: KeyPair | undefined;
  #timer: Timer | undefined;
  #stopped = false;

  constructor(
    source: WebhookCertificate,
    clock: Clock,
    onChange: (pair: KeyPair) => void,
    onError: (error: unknown) => void,
  ) {
    this.#source = source;
    this.#clock = clock;
    this.#onChange = onChange;
    this.#onError = onError;
  }

  /** Reads it, and goes on looking. Throws a `ConfigError` when there is none that works. */
  async start(): Promise<KeyPair> {
    this.#current = await this.#read();
    if ('certFile' in this.#source) this.#lookLater();
    return this.#current;
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }

  #lookLater(): void {
    if (!this.#stopped) this.#timer = this.#clock.setTimer(LOOK_EVERY_MS, () => void this.#look());
  }

  async #look(): Promise<void> {
    try {
      const pair = await this.#read();
      const changed = pair.cert !== this.#current?.cert || pair.key !== this.#current?.key;
      this.#current = pair;
      if (changed && !this.#stopped) this.#onChange(pair);
    } catch (error) {
      // Half-written files, or two that do not belong together yet: the old pair serves until the next look.
      this.#onError(error);
    }
    this.#lookLater();
  }

  async #read(): Promise<KeyPair> {
    const source = this.#source;
    if ('cert' in source) return checked({ cert: source.cert, key: source.key }, 'the certificate given');
    const { certFile, keyFile } = source;
    const [cert, key] = await Promise.all(
      [certFile, keyFile].map(async (file) => {
        try {
          return await readFile(file, 'utf8');
        } catch (cause) {
          throw new ConfigError(`the webhook's certificate cannot be read from ${file}`, { cause });
        }
      }),
    );
    return checked({ cert: cert ?? '', key: key ?? '' }, `${certFile} and ${keyFile}`);
  }
}

/** Throws a `ConfigError`, which holds nothing of the key, for a pair that no TLS server could use. */
function checked(pair: KeyPair, from: string): KeyPair {
  try {
    createSecureContext(pair);
    new X509Certificate(pair.cert);
  } catch {
    throw new ConfigError(`${from} are no certificate in PEM with its key: TLS cannot be served with them`);
  }
  return pair;
}
