import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto';
import { fieldsOf } from '../../util/json-fields.js';

/** Options of a `TokenAuthority`. */
export interface TokenAuthorityOptions {
  /** The issuers. The first one is in new tokens; tokens of all of them are accepted. Default: `https://kubernetes.default.svc`. */
  serviceAccountIssuers?: readonly string[] | undefined;
  /** The private key, in PEM, that signs new tokens: RSA or ECDSA. Default: a key made for this server. */
  serviceAccountSigningKey?: string | undefined;
  /** Public or private keys, in PEM, whose tokens are believed as well. One text may hold several. */
  serviceAccountKeys?: readonly string[] | undefined;
  /** The audiences of the API server. Default: the issuers. */
  apiAudiences?: readonly string[] | undefined;
  /** Where relying parties find the public keys. Default: `/openid/v1/jwks` of the address that the request names. */
  serviceAccountJwksUri?: string | undefined;
  /** Tokens live no longer than this, in milliseconds. */
  serviceAccountMaxTokenExpirationMs?: number | undefined;
}

interface Key {
  readonly id: string;
  readonly algorithm: string;
  readonly publicKey: KeyObject;
}

const defaultIssuer = 'https://kubernetes.default.svc';

const curves: { readonly [curve: string]: { readonly algorithm: string; readonly hash: string } } = {
  prime256v1: { algorithm: 'ES256', hash: 'sha256' },
  secp384r1: { algorithm: 'ES384', hash: 'sha384' },
  secp521r1: { algorithm: 'ES512', hash: 'sha512' },
};

/** Signs the tokens of service accounts, and checks those that it or a holder of a known key has signed. */
export class TokenAuthority {
  readonly issuers: readonly string[];
  readonly audiences: readonly string[];
  /** The longest life of a token, in seconds; undefined for no bound. */
  readonly maxSeconds: number | undefined;
  readonly #jwksUri: string | undefined;
  readonly #known: readonly Key[];
  #signing: { readonly key: Key; readonly privateKey: KeyObject } | undefined;

  /** Throws for keys that are not RSA or ECDSA keys in PEM. */
  constructor(options: TokenAuthorityOptions = {}) {
    this.issuers = options.serviceAccountIssuers ?? [defaultIssuer];
    this.audiences = options.apiAudiences ?? this.issuers;
    this.#jwksUri = options.serviceAccountJwksUri;
    const most = options.serviceAccountMaxTokenExpirationMs ?? 0;
    this.maxSeconds = most > 0 ? Math.floor(most / 1_000) : undefined;
    const { serviceAccountSigningKey: signing } = options;
    if (signing !== undefined) this.#signing = signingKey(privateKeyOf(signing));
    this.#known = (options.serviceAccountKeys ?? []).flatMap(publicKeysIn).map(keyOf);
  }

  /** The issuer of new tokens. */
  get issuer(): string {
    return this.issuers[0] ?? defaultIssuer;
  }

  /** Returns a token (JWT) with these claims. */
  sign(claims: object): string {
    const { key, privateKey } = this.#signer();
    const signed = `${encode({ alg: key.algorithm, kid: key.id })}.${encode(claims)}`;
    const options = { key: privateKey, dsaEncoding: 'ieee-p1363' } as const;
    return `${signed}.${sign(hashOf(key.algorithm), Buffer.from(signed), options).toString('base64url')}`;
  }

  /** Returns the claims of a token of one of the issuers with a valid signature; undefined for any other text. */
  verify(token: string): { [claim: string]: unknown } | undefined {
    const [head = '', payload = '', signature = '', ...more] = token.split('.');
    if (signature === '' || more.length > 0) return undefined;
    const { alg, kid } = decode(head);
    const signed = Buffer.from(`${head}.${payload}`);
    const bytes = Buffer.from(signature, 'base64url');
    const valid = this.#keys().some(
      ({ id, algorithm, publicKey: key }) =>
        alg === algorithm &&
        (kid === undefined || kid === id) &&
        verify(hashOf(algorithm), signed, { key, dsaEncoding: 'ieee-p1363' }, bytes),
    );
    if (!valid) return undefined;
    const claims = decode(payload);
    return this.issuers.some((issuer) => issuer === claims.iss) ? claims : undefined;
  }

  /** The document at `/openid/v1/jwks`: the public keys (RFC 7517). */
  keySet(): object {
    const keys = this.#publicKeys().map(({ id, algorithm, publicKey }) => {
      const { kty, ...rest } = publicKey.export({ format: 'jwk' });
      return { use: 'sig', kty, kid: id, alg: algorithm, ...rest };
    });
    return { keys };
  }

  /**
   * The document at `/.well-known/openid-configuration`; undefined where the issuer is not an https URL, as kube-apiserver serves none then.
   * `host` is the address that the client used.
   */
  discovery(host: string): object | undefined {
    if (!isDiscoverable(this.issuer)) return undefined;
    return {
      issuer: this.issuer,
      jwks_uri: this.#jwksUri ?? `https://${host}/openid/v1/jwks`,
      response_types_supported: ['id_token'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: [...new Set(this.#publicKeys().map(({ algorithm }) => algorithm))].sort(),
    };
  }

  /** Makes the key of this server when the first token is signed: that takes longer than most requests. */
  #signer() {
    this.#signing ??= signingKey(generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey);
    return this.#signing;
  }

  #keys(): readonly Key[] {
    return this.#signing === undefined ? this.#known : [...this.#known, this.#signing.key];
  }

  #publicKeys(): readonly Key[] {
    const { key } = this.#signer();
    return [...new Map([...this.#known, key].map((one) => [one.id, one])).values()];
  }
}

function isDiscoverable(issuer: string): boolean {
  if (!URL.canParse(issuer)) return false;
  const { protocol, search, hash } = new URL(issuer);
  return protocol === 'https:' && search === '' && hash === '';
}

function signingKey(privateKey: KeyObject) {
  return { key: keyOf(createPublicKey(privateKey)), privateKey };
}

function keyOf(publicKey: KeyObject): Key {
  const der = publicKey.export({ type: 'spki', format: 'der' });
  const id = createHash('sha256').update(der).digest('base64url');
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = publicKey;
  if (type === 'rsa') return { id, algorithm: 'RS256', publicKey };
  const curve = type === 'ec' ? curves[details?.namedCurve ?? ''] : undefined;
  if (curve === undefined) throw new Error(`cannot use a service account key of type ${type}: use RSA or ECDSA`);
  return { id, algorithm: curve.algorithm, publicKey };
}

function hashOf(algorithm: string): string {
  return Object.values(curves).find((curve) => curve.algorithm === algorithm)?.hash ?? 'sha256';
}

function privateKeyOf(pem: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch {
    // The error of the runtime is not repeated: it may quote the key.
    throw new Error('cannot read the service account signing key: the text is not a private key in PEM');
  }
}

/** The public keys in a text of one or more PEM blocks; of a private key its public half. */
function publicKeysIn(pem: string): KeyObject[] {
  const blocks = pem.match(/-----BEGIN ([A-Z ]+)-----[\s\S]*?-----END \1-----/g) ?? [];
  const keys = blocks
    .filter((block) => !block.includes('EC PARAMETERS'))
    .map((block) => {
      try {
        return createPublicKey(block);
      } catch {
        throw new Error('cannot read a service account key: a block of the text is not an RSA or ECDSA key in PEM');
      }
    });
  if (keys.length === 0) throw new Error('cannot read the service account keys: the text has no key in PEM');
  return keys;
}

function encode(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}

function decode(part: string): { [claim: string]: unknown } {
  try {
    return fieldsOf(JSON.parse(Buffer.from(part, 'base64url').toString()));
  } catch {
    return {};
  }
}
