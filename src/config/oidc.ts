import { ConfigError } from '../errors/index.js';
import { excerpt } from '../errors/scrub.js';
import { type Clock, systemClock } from '../util/clock.js';
import { publishCredentials } from './credential-events.js';
import { type CredentialSource, checkToken } from './credentials.js';
import { type Expiring, HeldCredential } from './held-credential.js';
import { type HttpAnswer, identityProvider } from './identity-provider.js';

/** The `auth-provider` named `oidc` of a kubeconfig's user, in the words of its `config`. */
export interface OidcSettings {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret?: string | undefined;
  readonly idToken?: string | undefined;
  readonly refreshToken?: string | undefined;
  /** PEM of the authorities the identity provider's certificate may come from, instead of the system's. */
  readonly ca?: string | undefined;
}

/** What the identity provider gave. */
export interface OidcTokens {
  readonly idToken: string;
  /** Where providers rotate refresh tokens, the old one is worth nothing now. */
  readonly refreshToken: string;
}

interface IdToken extends Expiring {
  readonly token: string;
}

/**
 * ID tokens of an OpenID Connect provider, got with a refresh token (RFC 6749, 6) when the one at hand has expired or was refused.
 *
 * A grant of two requests is written out here: a library would bring its own HTTP, which knows nothing of this provider's CA, and its
 * main work, validating the ID token, belongs to the API server.
 */
export class OidcCredentials implements CredentialSource {
  readonly #settings: OidcSettings;
  readonly #persist: (tokens: OidcTokens) => Promise<void>;
  readonly #held: HeldCredential<IdToken>;
  #refreshToken: string;
  #given: string;

  /** `persist` keeps new tokens for the next process; when it fails, work goes on with them in this one. */
  constructor(settings: OidcSettings, persist: (tokens: OidcTokens) => Promise<void>, clock: Clock = systemClock) {
    this.#settings = settings;
    this.#persist = persist;
    this.#refreshToken = settings.refreshToken ?? '';
    this.#given = settings.idToken ?? '';
    this.#held = new HeldCredential(() => this.#get(clock), clock);
  }

  async headers(signal?: AbortSignal): Promise<{ readonly [name: string]: string }> {
    return { authorization: `Bearer ${(await this.#held.get(signal)).token}` };
  }

  async refresh(signal?: AbortSignal): Promise<boolean> {
    if (this.#refreshToken === '') return false;
    const before = this.#held.last?.token;
    this.#given = '';
    return (await this.#held.renew(signal)).token !== before;
  }

  async #get(clock: Clock): Promise<IdToken> {
    const given = this.#given;
    const expiresAtMs = expiryOf(given);
    if (given !== '' && (expiresAtMs === undefined || clock.now() < expiresAtMs - 10_000)) {
      return { token: given, expiresAtMs };
    }
    this.#given = '';
    const name = this.#settings.issuer;
    try {
      const tokens = await this.#grant();
      const expires = expiryOf(tokens.idToken);
      publishCredentials({ source: 'oidc', name, outcome: 'success', expiresAtMs: expires });
      return { token: tokens.idToken, expiresAtMs: expires };
    } catch (error) {
      publishCredentials({ source: 'oidc', name, outcome: 'failure' });
      throw error;
    }
  }

  async #grant(): Promise<OidcTokens> {
    const { issuer, clientId, clientSecret = '', ca } = this.#settings;
    if (this.#refreshToken === '') {
      throw new ConfigError(`the ID token of ${issuer} has expired, and there is no refresh-token: log in again`);
    }
    await using provider = await identityProvider(issuer, ca);
    const found = await provider.get(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`);
    const { token_endpoint: endpoint, token_endpoint_auth_methods_supported: methods } = found.json;
    if (found.status !== 200 || typeof endpoint !== 'string' || !URL.canParse(endpoint)) {
      throw new ConfigError(`${issuer} names no token endpoint (HTTP ${found.status}): is idp-issuer-url right?`);
    }
    // A token endpoint without TLS would be handed the refresh token in the open.
    if (issuer.startsWith('https:') && !endpoint.startsWith('https:')) {
      throw new ConfigError(`${issuer} names a token endpoint without TLS: it is not used`);
    }
    const inBody = clientSecret === '' || (Array.isArray(methods) && !methods.includes('client_secret_basic'));
    const form = new URLSearchParams({ grant_type: 'refresh_token', refresh_token: this.#refreshToken });
    if (inBody) form.set('client_id', clientId);
    if (inBody && clientSecret !== '') form.set('client_secret', clientSecret);
    const basic = `Basic ${Buffer.from(`${encodeForm(clientId)}:${encodeForm(clientSecret)}`).toString('base64')}`;
    const answer = await provider.post(endpoint, form.toString(), inBody ? {} : { authorization: basic });
    // Awaited here: the way to the provider closes when this function ends.
    return await this.#take(answer);
  }

  async #take({ status, json }: HttpAnswer): Promise<OidcTokens> {
    const { issuer } = this.#settings;
    if (status !== 200) {
      const code = typeof json.error === 'string' ? `, ${excerpt(json.error, 60)}` : '';
      const hint = json.error === 'invalid_grant' ? ': the refresh token is used up, log in again' : '';
      throw new ConfigError(`${issuer} gave no new token (HTTP ${status}${code})${hint}`);
    }
    const { id_token: idToken, refresh_token: rotated } = json;
    if (typeof idToken !== 'string') throw new ConfigError(`${issuer} gave no id_token: was the scope openid granted?`);
    checkToken(idToken, issuer);
    if (typeof rotated === 'string' && rotated !== '') this.#refreshToken = rotated;
    const tokens = { idToken, refreshToken: this.#refreshToken };
    await this.#persist(tokens).catch(() => {});
    return tokens;
  }
}

/** When a JSON web token expires, in milliseconds; undefined when it does not say. Not verified: that is the API server's business. */
export function expiryOf(token: string): number | undefined {
  try {
    const claims: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'));
    if (typeof claims !== 'object' || claims === null || !('exp' in claims)) return undefined;
    return typeof claims.exp === 'number' ? claims.exp * 1000 : undefined;
  } catch {
    return undefined;
  }
}

/** RFC 6749, 2.3.1: both halves are form-encoded before they are joined. */
function encodeForm(text: string): string {
  return new URLSearchParams({ x: text }).toString().slice(2);
}
