import { randomBytes } from 'node:crypto';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';
import { makeCertificate } from '../../../src/x509/certificate.js';

interface SigningKey {
  readonly id: string;
  readonly privateKey: CryptoKey;
  readonly jwk: JWK;
}

/** An issuer of OpenID Connect on loopback. */
export class IssuerServer {
  readonly ca: string;
  /** The number of reads of each document. */
  readonly reads = { discovery: 0, keys: 0 };
  /** The status of all answers. */
  status = 200;
  /** The issuer that the discovery document names. */
  named: string | undefined;
  #keys: readonly SigningKey[] = [];
  readonly #server;

  private constructor() {
    const now = Date.now();
    const authority = makeCertificate({ commonName: 'issuer-ca', use: 'ca', now, serial: randomBytes(8) });
    const named = { commonName: 'issuer', hosts: ['127.0.0.1'], use: 'server', now, serial: randomBytes(8) } as const;
    const { certificate: cert, privateKey: key } = makeCertificate(named, authority);
    this.ca = authority.certificate;
    this.#server = createServer({ cert, key }, (request, response) => {
      const isDiscovery = request.url === '/.well-known/openid-configuration';
      this.reads[isDiscovery ? 'discovery' : 'keys']++;
      const document = isDiscovery
        ? { issuer: this.named ?? this.url, jwks_uri: `${this.url}/keys` }
        : { keys: this.#keys.map(({ jwk }) => jwk) };
      response.writeHead(this.status, { 'content-type': 'application/json' }).end(JSON.stringify(document));
    });
  }

  static async start(): Promise<IssuerServer> {
    const issuer = new IssuerServer();
    await issuer.rotate();
    await new Promise<void>((resolve) => issuer.#server.listen(0, '127.0.0.1', resolve));
    return issuer;
  }

  get url(): string {
    return `https://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Replaces the keys. */
  async rotate(algorithm = 'RS256', withId = true): Promise<void> {
    const { privateKey, publicKey } = await generateKeyPair(algorithm, { extractable: true });
    const id = randomBytes(4).toString('hex');
    const jwk = { ...(await exportJWK(publicKey)), ...(withId ? { kid: id } : {}), alg: algorithm };
    this.#keys = [{ id, privateKey, jwk }];
  }

  /** Returns a token that lives for five minutes. */
  token(claims: object, header: object = {}): Promise<string> {
    const [key] = this.#keys;
    if (key === undefined) throw new Error('the issuer has no keys');
    const all = { iss: this.url, aud: 'keelson', exp: Math.floor(Date.now() / 1_000) + 300, ...claims };
    return new SignJWT(all).setProtectedHeader({ alg: key.jwk.alg ?? '', kid: key.id, ...header }).sign(key.privateKey);
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }
}
