import { createSecureContext, type SecureContext } from 'node:tls';
import type { BackendTls, KubeletClient } from '../object/backends.js';

/** The TLS settings of connections to kubelets. Certificates and keys are parsed once, not for each connection. */
export class KubeletTls {
  readonly #client: KubeletClient;
  #context: SecureContext | undefined;

  constructor(client: KubeletClient) {
    this.#client = client;
  }

  /** Returns the settings of a connection. `insecure` skips the verification, as does a server without an authority for kubelets. */
  settings(insecure: boolean): BackendTls {
    const { certificateAuthority: ca, clientCertificate: client } = this.#client;
    this.#context ??= createSecureContext({
      ...(ca === undefined ? {} : { ca }),
      ...(client === undefined ? {} : { cert: client.certificate, key: client.key }),
    });
    return { secureContext: this.#context, rejectUnauthorized: ca !== undefined && !insecure };
  }
}
