import type * as OAuth from 'oauth4webapi';
import { ConfigError } from '../errors/index.js';
import { excerpt } from '../errors/scrub.js';
import type { Clock } from '../util/clock.js';
import { checkToken } from './credentials.js';
import type { Environment } from './environment.js';
import { type FetchOptions, identityProvider } from './identity-provider.js';

/** The identity provider and the client that asks it for tokens: the `auth-provider` named `oidc` of a kubeconfig's user. */
export interface OidcClient {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret?: string | undefined;
  /** PEM of the authorities the identity provider's certificate may come from, instead of the system's. */
  readonly ca?: string | undefined;
}

/** The tokens that the identity provider returned. */
export interface OidcTokens {
  readonly idToken: string;
  /** Where providers rotate refresh tokens, the old one is worth nothing now. */
  readonly refreshToken: string;
}

/**
 * Changes a refresh token into a new ID token (OpenID Connect Core 1.0, 12), by `oauth4webapi`, which is loaded here and nowhere else.
 * The ID token is handed on unread: to validate it is the API server's work, as for client-go. Throws `ConfigError`, without the library's
 * error as its cause: that holds the whole answer.
 */
export async function refreshGrant(
  client: OidcClient,
  refreshToken: string,
  around: { readonly env: Environment; readonly clock: Clock },
): Promise<OidcTokens> {
  const oauth = await import('oauth4webapi');
  // Not `await using`: the compiler's helper for it looks at the `this` of the module, which bundlers warn about.
  const provider = await identityProvider({ issuer: client.issuer, ca: client.ca, ...around });
  try {
    return await requestTokens(oauth, provider, client, refreshToken);
  } finally {
    await provider[Symbol.asyncDispose]();
  }
}

async function requestTokens(
  oauth: typeof OAuth,
  provider: Awaited<ReturnType<typeof identityProvider>>,
  client: OidcClient,
  refreshToken: string,
): Promise<OidcTokens> {
  const { issuer, clientId, clientSecret = '' } = client;
  const options = {
    [oauth.customFetch]: (url: string, request: FetchOptions) => provider.fetch(url, request),
    // Only an issuer that is itself without TLS, on this machine, gets its requests in the open.
    [oauth.allowInsecureRequests]: issuer.startsWith('http:'),
  };
  const server = await discover(oauth, issuer, options);
  const basic = server.token_endpoint_auth_methods_supported?.includes('client_secret_basic') ?? true;
  const authentication =
    clientSecret === ''
      ? oauth.None()
      : basic
        ? oauth.ClientSecretBasic(clientSecret)
        : oauth.ClientSecretPost(clientSecret);
  const metadata = { client_id: clientId };
  const answer = await oauth
    .refreshTokenGrantRequest(server, metadata, authentication, refreshToken, options)
    .catch((error: unknown) => refused(`${issuer} cannot be asked for a token`, error));
  if (answer.status !== 200) {
    const error: unknown = await oauth.processRefreshTokenResponse(server, metadata, answer).catch((thrown) => thrown);
    const word = error instanceof oauth.ResponseBodyError ? error.error : undefined;
    const hint = word === 'invalid_grant' ? ': the refresh token is used up, log in again' : '';
    throw new ConfigError(
      `${issuer} gave no new token (HTTP ${answer.status}${word === undefined ? '' : `, ${excerpt(word, 60)}`})${hint}`,
    );
  }
  const body = (await answer.json().catch(() => null)) as {
    readonly id_token?: unknown;
    readonly refresh_token?: unknown;
  } | null;
  const { id_token: idToken, refresh_token: rotated } = body ?? {};
  if (typeof idToken !== 'string') throw new ConfigError(`${issuer} gave no id_token: was the scope openid granted?`);
  checkToken(idToken, issuer);
  return { idToken, refreshToken: typeof rotated === 'string' && rotated !== '' ? rotated : refreshToken };
}

async function discover(oauth: typeof OAuth, issuer: string, options: object): Promise<OAuth.AuthorizationServer> {
  const url = new URL(issuer);
  const found = await oauth
    .discoveryRequest(url, options)
    .catch((error: unknown) => refused(`${issuer} cannot be asked for its endpoints`, error));
  const server = await oauth.processDiscoveryResponse(url, found).catch((error: unknown) => {
    const mixed = error instanceof oauth.OperationProcessingError && error.code === oauth.JSON_ATTRIBUTE_COMPARISON;
    const why = mixed ? 'describes another issuer' : `names no token endpoint (HTTP ${found.status})`;
    return refused(`${issuer} ${why}: is idp-issuer-url right?`, error);
  });
  const { token_endpoint: endpoint } = server;
  if (typeof endpoint !== 'string' || !URL.canParse(endpoint)) {
    throw new ConfigError(`${issuer} names no token endpoint (HTTP ${found.status}): is idp-issuer-url right?`);
  }
  // A token endpoint without TLS would be handed the refresh token in the open.
  if (issuer.startsWith('https:') && !endpoint.startsWith('https:')) {
    throw new ConfigError(`${issuer} names a token endpoint without TLS: it is not used`);
  }
  return server;
}

/** Our own errors as they are; of the library's, what they hold is left behind. */
function refused(message: string, error: unknown): never {
  throw error instanceof ConfigError ? error : new ConfigError(message);
}
