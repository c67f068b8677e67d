/** What is known about TLS to a cluster. PEM texts. */
export interface TlsOptions {
  /** The authorities to trust instead of the system's. */
  readonly ca?: string | undefined;
  /** The client's certificate. */
  readonly cert?: string | undefined;
  /** The key of the client's certificate. */
  readonly key?: string | undefined;
  /** The name to ask for and to expect in the server's certificate, instead of the host's. */
  readonly serverName?: string | undefined;
  /** Trust any certificate. Only for tests: whoever sits in between reads and writes everything. */
  readonly insecureSkipTlsVerify?: boolean | undefined;
}

/** TLS settings that show no key to `inspect`, `JSON.stringify` or a log. */
export class TlsSettings {
  readonly #options: TlsOptions;
  readonly serverName: string | undefined;
  readonly insecureSkipTlsVerify: boolean;

  constructor(options: TlsOptions) {
    this.#options = options;
    this.serverName = options.serverName;
    this.insecureSkipTlsVerify = options.insecureSkipTlsVerify ?? false;
  }

  /** In the words of Node's `tls.connect`. */
  connectOptions(): { ca?: string; cert?: string; key?: string; servername?: string; rejectUnauthorized?: boolean } {
    const { ca, cert, key, serverName, insecureSkipTlsVerify } = this.#options;
    return {
      ...(ca === undefined ? {} : { ca }),
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
      ...(serverName === undefined ? {} : { servername: serverName }),
      ...(insecureSkipTlsVerify ? { rejectUnauthorized: false } : {}),
    };
  }
}
