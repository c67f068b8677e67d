import { readFile } from 'node:fs/promises';
import { ConfigError } from '../errors/index.js';

/** A PEM text, or the file it stands in; files are read again for every new connection, so that rotated ones count. */
export type Pem = string | { readonly file: string };

/** A client's certificate and its key, PEM texts. */
export interface ClientCertificate {
  readonly cert: string;
  readonly key: string;
}

/** The TLS settings of a cluster. */
export interface TlsOptions {
  /** The authorities to trust instead of the system's. */
  readonly ca?: Pem | undefined;
  /** The client's certificate. */
  readonly cert?: Pem | undefined;
  /** The key of the client's certificate. */
  readonly key?: Pem | undefined;
  /** Gives the client's certificate anew for each connection; goes before `cert` and `key`. */
  readonly clientCertificate?: (() => Promise<ClientCertificate | undefined>) | undefined;
  /** The name to ask for and to expect in the server's certificate, instead of the host's. */
  readonly serverName?: string | undefined;
  /** Trust any certificate. Only for tests: whoever sits in between reads and writes everything. */
  readonly insecureSkipTlsVerify?: boolean | undefined;
}

/** TLS settings in the words of Node's `tls.connect`. */
export interface TlsConnectOptions {
  ca?: string;
  cert?: string;
  key?: string;
  servername?: string;
  rejectUnauthorized?: boolean;
}

/** TLS settings that show no key to `inspect`, `JSON.stringify` or a log. */
export class TlsSettings {
  readonly #options: TlsOptions;
  readonly serverName: string | undefined;
  readonly insecureSkipTlsVerify: boolean;
  /** The content of files when they were last read, by path. */
  readonly #read = new Map<string, string>();

  constructor(options: TlsOptions = {}) {
    this.#options = options;
    this.serverName = options.serverName;
    this.insecureSkipTlsVerify = options.insecureSkipTlsVerify ?? false;
  }

  /** These settings, with a client certificate that comes from elsewhere (a credential plugin). */
  withClientCertificate(clientCertificate: NonNullable<TlsOptions['clientCertificate']>): TlsSettings {
    return new TlsSettings({ ...this.#options, clientCertificate });
  }

  /**
   * Returns the options of a new connection, and reads the files now. Throws `ConfigError` if a file cannot be read and never could be.
   */
  async connectOptions(): Promise<TlsConnectOptions> {
    const { clientCertificate, serverName, insecureSkipTlsVerify } = this.#options;
    const [ca, cert, key, given] = await Promise.all([
      this.#text(this.#options.ca, 'certificate authority'),
      this.#text(this.#options.cert, 'client certificate'),
      this.#text(this.#options.key, 'client key'),
      clientCertificate?.(),
    ]);
    const pair = given ?? { cert, key };
    return {
      ...(ca === undefined ? {} : { ca }),
      ...(pair.cert === undefined ? {} : { cert: pair.cert }),
      ...(pair.key === undefined ? {} : { key: pair.key }),
      ...(serverName === undefined ? {} : { servername: serverName }),
      ...(insecureSkipTlsVerify ? { rejectUnauthorized: false } : {}),
    };
  }

  /** Reports whether the files of the client's certificate changed since they were last read. Later connections use the new ones. */
  async changed(): Promise<boolean> {
    const files = [this.#options.cert, this.#options.key].filter((pem) => typeof pem === 'object');
    const before = files.map(({ file }) => this.#read.get(file));
    const now = await Promise.all(files.map((pem) => this.#text(pem, 'client certificate')));
    return now.some((text, index) => before[index] !== undefined && text !== before[index]);
  }

  /** The authorities as they are now, base64 of PEM: what credential plugins are told of the cluster. */
  async caData(): Promise<string | undefined> {
    const ca = await this.#text(this.#options.ca, 'certificate authority');
    return ca === undefined ? undefined : Buffer.from(ca).toString('base64');
  }

  async #text(pem: Pem | undefined, what: string): Promise<string | undefined> {
    if (pem === undefined) return pem;
    if (typeof pem === 'string') {
      if (what !== 'certificate authority' || pem.includes('-----BEGIN')) return pem;
      throw new ConfigError(
        `cannot use the ${what}: it is not PEM text. Pass text that begins with -----BEGIN, or a file.`,
      );
    }
    try {
      const text = await readFile(pem.file, 'utf8');
      // A file that is just being replaced may be empty for a moment.
      if (text.includes('-----BEGIN')) this.#read.set(pem.file, text);
      else if (!this.#read.has(pem.file)) throw new ConfigError(`the ${what} file ${pem.file} holds no PEM text`);
    } catch (cause) {
      if (cause instanceof ConfigError) throw cause;
      if (!this.#read.has(pem.file)) throw new ConfigError(`the ${what} file ${pem.file} cannot be read`, { cause });
    }
    return this.#read.get(pem.file);
  }
}
