import { systemClock } from '../util/clock.js';
import { systemRandom } from '../util/random.js';
import { makeCertificate } from '../x509/certificate.js';
import type { KubeletCertificate } from './kubelet-nodes.js';

const days = 365;

/** The authority of one cluster for its kubelets, and for the client certificate of its API server. */
export class KubeletAuthority {
  readonly #authority = makeCertificate({ commonName: 'kubelets', use: 'ca', ...common() });

  /** The certificate of the authority, which every namespace gets in `kube-root-ca.crt`. */
  get root(): string {
    return this.#authority.certificate;
  }

  /** Returns the settings with which the API server connects to kubelets. */
  client() {
    const made = makeCertificate(
      { commonName: 'kube-apiserver-kubelet-client', use: 'client', ...common() },
      this.#authority,
    );
    return {
      preferredAddressTypes: ['InternalIP'],
      certificateAuthority: this.#authority.certificate,
      clientCertificate: { certificate: made.certificate, key: made.privateKey },
    };
  }

  /** Makes the certificate of a kubelet. */
  certificate(hosts: readonly string[]): KubeletCertificate {
    const [commonName = 'kubelet'] = hosts;
    const made = makeCertificate({ commonName, use: 'server', hosts, ...common() }, this.#authority);
    return { cert: made.certificate, key: made.privateKey, clientCa: this.#authority.certificate };
  }
}

/** Certificates are valid by the clock of the machine, whatever clock the cluster has. */
function common() {
  const serial = Uint8Array.from({ length: 8 }, () => Math.floor(systemRandom() * 256));
  return { now: systemClock.now(), validDays: days, serial };
}
