import { ConfigError } from '../errors/index.js';
import { type Clock, systemClock } from '../util/clock.js';
import { publishCredentials } from './credential-events.js';
import type { CredentialSource } from './credentials.js';
import type { Environment } from './environment.js';
import { type Expiring, HeldCredential } from './held-credential.js';
import type { OidcClient, OidcTokens } from './oidc-grant.js';

/** Where tokens are kept between processes: the kubeconfig. */
export interface OidcTokenStore {
  /** Returns the stored tokens, or undefined if they cannot be read. */
  load(): Promise<Partial<OidcTokens> | undefined>;
  /** Keeps new ones. When it fails, work goes on with them in this process. */
  save(tokens: OidcTokens): Promise<void>;
}

/** The surroundings of the provider. */
export interface OidcOptions {
  /** Where proxies are looked for. Default: `process.env`. */
  readonly env?: Environment | undefined;
  /** Where time comes from. Default: the system's. */
  readonly clock?: Clock | undefined;
}

interface IdToken extends Expiring {
  readonly token: string;
}

/** A token is not used in its last seconds, as with client-go: a request needs some time to arrive. */
const LEEWAY_MS = 10_000;

/**
 * ID tokens of an OpenID Connect provider, got with a refresh token when the one at hand has expired or was refused. The store is looked
 * at first: another process may have got new ones, and where refresh tokens rotate, ours is then worth nothing.
 */
export class OidcCredentials implements CredentialSource {
  readonly #client: OidcClient;
  readonly #store: OidcTokenStore;
  readonly #env: Environment;
  readonly #clock: Clock;
  readonly #held: HeldCredential<IdToken>;
  /** The content of the store when it was last read or written. */
  #stored: Partial<OidcTokens>;
  #refreshToken: string;
  #idToken: string;

  /** `tokens`: what the store holds. */
  constructor(client: OidcClient, tokens: Partial<OidcTokens>, store: OidcTokenStore, options: OidcOptions = {}) {
    this.#client = client;
    this.#store = store;
    this.#env = options.env ?? process.env;
    this.#clock = options.clock ?? systemClock;
    this.#stored = tokens;
    this.#refreshToken = tokens.refreshToken ?? '';
    this.#idToken = tokens.idToken ?? '';
    this.#held = new HeldCredential(() => this.#get(), this.#clock);
  }

  async headers(signal?: AbortSignal): Promise<{ readonly [name: string]: string }> {
    return { authorization: `Bearer ${(await this.#held.get(signal)).token}` };
  }

  async refresh(signal?: AbortSignal): Promise<boolean> {
    const before = this.#held.last?.token;
    this.#idToken = '';
    await this.#adopt(before);
    if (this.#idToken === '' && this.#refreshToken === '') return false;
    return (await this.#held.renew(signal)).token !== before;
  }

  async #get(): Promise<IdToken> {
    if (!this.#isGood(this.#idToken)) {
      const refused = this.#idToken;
      this.#idToken = '';
      await this.#adopt(refused);
    }
    if (this.#idToken === '') this.#idToken = await this.#grant();
    const token = this.#idToken;
    return { token, expiresAtMs: expiryOf(token) };
  }

  /** Takes over what somebody else has put into the store since. `refused`: an ID token that is of no use. */
  async #adopt(refused: string | undefined): Promise<void> {
    const stored = await this.#store.load();
    if (stored === undefined) return;
    const { idToken = '', refreshToken = '' } = stored;
    if (refreshToken !== '' && refreshToken !== this.#stored.refreshToken) this.#refreshToken = refreshToken;
    if (idToken !== refused && idToken !== this.#stored.idToken && this.#isGood(idToken)) this.#idToken = idToken;
    this.#stored = stored;
  }

  #isGood(token: string): boolean {
    return token !== '' && this.#clock.now() < (expiryOf(token) ?? Number.POSITIVE_INFINITY) - LEEWAY_MS;
  }

  async #grant(): Promise<string> {
    const { issuer } = this.#client;
    if (this.#refreshToken === '') {
      throw new ConfigError(`the ID token of ${issuer} has expired, and there is no refresh-token: log in again`);
    }
    try {
      const { refreshGrant } = await import('./oidc-grant.js');
      const tokens = await refreshGrant(this.#client, this.#refreshToken, { env: this.#env, clock: this.#clock });
      this.#refreshToken = tokens.refreshToken;
      await this.#store.save(tokens).then(
        () => {
          this.#stored = tokens;
        },
        () => {},
      );
      const expiresAtMs = expiryOf(tokens.idToken);
      publishCredentials({ source: 'oidc', name: issuer, outcome: 'success', expiresAtMs });
      return tokens.idToken;
    } catch (error) {
      publishCredentials({ source: 'oidc', name: issuer, outcome: 'failure' });
      throw error;
    }
  }
}

/** When a JSON web token expires, in milliseconds; undefined when it does not say. Not verified: that is the API server's business. */
function expiryOf(token: string): number | undefined {
  try {
    const claims: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'));
    if (typeof claims !== 'object' || claims === null || !('exp' in claims)) return undefined;
    return typeof claims.exp === 'number' ? claims.exp * 1000 : undefined;
  } catch {
    return undefined;
  }
}
