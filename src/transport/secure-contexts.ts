import type { SecureContext } from 'node:tls';
import type { TlsConnectOptions } from '../config/tls-settings.js';

/** TLS settings with their certificates parsed. */
type ParsedTlsOptions = Omit<TlsConnectOptions, 'ca' | 'cert' | 'key'> & { readonly secureContext: SecureContext };

/** Keeps the certificates and keys of the last connection parsed. The next one parses them again only if they have changed. */
export class SecureContexts {
  #last: { readonly options: TlsConnectOptions; readonly secureContext: SecureContext } | undefined;

  /** Returns the same settings with their certificates parsed. */
  async with(options: TlsConnectOptions): Promise<ParsedTlsOptions> {
    const { ca, cert, key, ...rest } = options;
    const last = this.#last?.options;
    if (this.#last === undefined || last?.ca !== ca || last?.cert !== cert || last?.key !== key) {
      const { createSecureContext } = await import('node:tls');
      this.#last = { options, secureContext: createSecureContext({ ca, cert, key }) };
    }
    return { ...rest, secureContext: this.#last.secureContext };
  }
}
