import type { CompactVerifyGetKey, JSONWebKeySet } from 'jose';
import { fieldsOf, listOf, numberOf, textOf } from '../../util/json-fields.js';
import { type IssuerConnection, readDocument } from './issuer-request.js';
import { type Claims, type JwtConfiguration, TokenRefused } from './jwt-configuration.js';

/** The signature algorithms that tokens may have. */
export const signingAlgorithms = [
  'RS256',
  'RS384',
  'RS512',
  'ES256',
  'ES384',
  'ES512',
  'PS256',
  'PS384',
  'PS512',
] as const;

/** After an issuer could not be reached, it is left alone for so long. */
const retryMs = 10_000;
/** Clocks of issuers may be ahead by so many seconds. */
const leewaySeconds = 300;

/** An issuer of tokens (OpenID Connect): finds its keys, keeps them, and reads them anew for a token that none of them signed. */
export class Issuer {
  readonly #configuration: JwtConfiguration;
  readonly #connection: IssuerConnection;
  #jwksUri: string | undefined;
  #keys: CompactVerifyGetKey | undefined;
  #reading: Promise<CompactVerifyGetKey> | undefined;
  #unreachable: { readonly error: unknown; readonly until: number } | undefined;

  constructor(configuration: JwtConfiguration, connection: Omit<IssuerConnection, 'ca'>) {
    this.#configuration = configuration;
    this.#connection = { ...connection, ca: configuration.issuer.certificateAuthority };
  }

  /** Reports whether a text is a token that says it comes from this issuer. Its signature is not checked. */
  issued(token: string): boolean {
    const parts = token.split('.');
    if (parts.length !== 3) return false;
    const issuer = textOf(decode(parts[1] ?? '').iss);
    // One issuer has always left the scheme out.
    return (
      (issuer === 'accounts.google.com' ? 'https://accounts.google.com' : issuer) === this.#configuration.issuer.url
    );
  }

  /** Returns the claims of a token. Throws a TokenRefused for a wrong signature or audience, and for a token of another time. */
  async verify(token: string): Promise<Claims> {
    const claims = decode(new TextDecoder().decode(await this.#payload(token)), 'utf8');
    const audiences = typeof claims.aud === 'string' ? [claims.aud] : listOf(claims.aud).map(textOf);
    if (!this.#configuration.issuer.audiences.some((audience) => audiences.includes(audience)))
      throw new TokenRefused('the token is for other audiences');
    const now = this.#connection.clock.now() / 1_000;
    if ((numberOf(claims.exp) ?? 0) < now) throw new TokenRefused('the token has expired');
    if ((numberOf(claims.nbf) ?? 0) > now + leewaySeconds) throw new TokenRefused('the token is not valid yet');
    return claims;
  }

  /** Returns the payload of a token that one of the keys signed. */
  async #payload(token: string): Promise<Uint8Array> {
    const known = this.#keys;
    if (known !== undefined) {
      try {
        return await this.#signed(token, known);
      } catch (error) {
        if (!(error instanceof TokenRefused)) throw error;
      }
    }
    return this.#signed(token, await this.#readKeys());
  }

  async #signed(token: string, keys: CompactVerifyGetKey): Promise<Uint8Array> {
    const { compactVerify, errors } = await import('jose');
    const options = { algorithms: [...(this.#configuration.signingAlgorithms ?? ['RS256'])] };
    try {
      return (await compactVerify(token, keys, options)).payload;
    } catch (error) {
      if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw new TokenRefused(messageOf(error));
      for await (const key of error) {
        try {
          return (await compactVerify(token, key, options)).payload;
        } catch {
          // The next key may fit.
        }
      }
      throw new TokenRefused('no key has signed the token');
    }
  }

  /** Reads the keys. Requests that need them meanwhile share the answer. */
  #readKeys(): Promise<CompactVerifyGetKey> {
    const { clock } = this.#connection;
    if (this.#unreachable !== undefined && clock.now() < this.#unreachable.until) throw this.#unreachable.error;
    this.#reading ??= this.#fetchKeys()
      .catch((error: unknown) => {
        this.#unreachable = { error, until: clock.now() + retryMs };
        throw error;
      })
      .finally(() => {
        this.#reading = undefined;
      });
    return this.#reading;
  }

  async #fetchKeys(): Promise<CompactVerifyGetKey> {
    this.#jwksUri ??= await this.#discover();
    const document = await readDocument(this.#jwksUri, this.#connection);
    const { createLocalJWKSet } = await import('jose');
    try {
      this.#keys = createLocalJWKSet(document as unknown as JSONWebKeySet);
    } catch (error) {
      throw new TokenRefused(`cannot use the keys at ${this.#jwksUri}: ${messageOf(error)}`);
    }
    return this.#keys;
  }

  async #discover(): Promise<string> {
    const { url, discoveryURL } = this.#configuration.issuer;
    const place = discoveryURL ?? `${url.replace(/\/$/, '')}/.well-known/openid-configuration`;
    const { issuer, jwks_uri: jwksUri } = await readDocument(place, this.#connection);
    if (issuer !== url) throw new TokenRefused(`the document at ${place} is not of the issuer ${url}`);
    if (typeof jwksUri !== 'string' || jwksUri === '') throw new TokenRefused(`the document at ${place} names no keys`);
    return jwksUri;
  }
}

function decode(text: string, encoding: 'base64url' | 'utf8' = 'base64url'): Claims {
  try {
    return fieldsOf(JSON.parse(Buffer.from(text, encoding).toString()));
  } catch {
    return {};
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
