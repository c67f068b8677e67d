import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { LRUCache } from 'lru-cache';
import { ConfigError } from '../errors/index.js';
import type { CredentialSource } from './credentials.js';
import { loadKubeconfig, relativeTo } from './kubeconfig.js';
import type { KubeconfigChoice } from './kubeconfig-choice.js';
import { isThisMachine } from './no-proxy.js';
import { OidcCredentials, type OidcTokenStore } from './oidc.js';
import type { OidcClient, OidcTokens } from './oidc-grant.js';
import { editKubeconfig, type KubeconfigDraft } from './write-kubeconfig.js';

interface AuthProvider {
  readonly name: string;
  readonly config?: { readonly [key: string]: string } | undefined;
}

/** The credentials behind a kubeconfig's `auth-provider`. Only `oidc` is left in Kubernetes; the others were replaced by plugins in 1.26. */
export async function authProvider(
  provider: AuthProvider,
  userName: string,
  file: string,
  choice: Pick<KubeconfigChoice, 'clock' | 'env'>,
): Promise<CredentialSource> {
  const where = `user "${userName}" in ${file}`;
  if (provider.name !== 'oidc') {
    throw new ConfigError(
      `${where} uses the auth-provider "${provider.name}", which Kubernetes removed in 1.26: use its credential plugin (exec)`,
    );
  }
  const config = provider.config ?? {};
  const issuer = config['idp-issuer-url'];
  const clientId = config['client-id'];
  if (!issuer || !URL.canParse(issuer))
    throw new ConfigError(`${where}: auth-provider.config.idp-issuer-url is no URL`);
  const { protocol, hostname } = new URL(issuer);
  if (protocol !== 'https:' && !(protocol === 'http:' && isThisMachine(hostname))) {
    throw new ConfigError(`${where}: auth-provider.config.idp-issuer-url must begin with https://`);
  }
  if (!clientId) throw new ConfigError(`${where}: auth-provider.config.client-id is missing`);
  const ca = await authorities(config, file, where);
  return sharedOidc(
    { issuer, clientId, clientSecret: config['client-secret'], ca },
    tokensOf(config),
    { file, userName },
    choice,
  );
}

/** So many are kept, as of plugins; beyond that the one unused for longest is forgotten. */
const KEPT = 64;
const shared = new LRUCache<string, OidcCredentials>({ max: KEPT });

/**
 * The same credentials for all who ask for the same user of the same file: a refresh token that is rotated is good for one of them only.
 * With a clock or an environment of their own, they are not shared.
 */
function sharedOidc(
  client: OidcClient,
  tokens: Partial<OidcTokens>,
  place: Place,
  { clock, env }: Pick<KubeconfigChoice, 'clock' | 'env'>,
): OidcCredentials {
  const make = () => new OidcCredentials(client, tokens, tokenStore(place), { clock, env });
  if (clock !== undefined || env !== undefined) return make();
  const key = createHash('sha256')
    .update(JSON.stringify([place, client]))
    .digest('base64');
  const credentials = shared.get(key) ?? make();
  shared.set(key, credentials);
  return credentials;
}

async function authorities(
  config: { readonly [key: string]: string },
  file: string,
  where: string,
): Promise<string | undefined> {
  const data = config['idp-certificate-authority-data'];
  if (data) return Buffer.from(data, 'base64').toString('utf8');
  const path = config['idp-certificate-authority'];
  if (!path) return undefined;
  try {
    return await readFile(relativeTo(file, path), 'utf8');
  } catch (cause) {
    throw new ConfigError(`${where}: idp-certificate-authority cannot be read`, { cause });
  }
}

/** Where in which file the tokens stand. */
interface Place {
  readonly file: string;
  readonly userName: string;
}

function tokenStore({ file, userName }: Place): OidcTokenStore {
  return {
    load: async () => {
      const kubeconfig = await loadKubeconfig([file]).catch(() => undefined);
      const config = kubeconfig?.users.get(userName)?.value['auth-provider']?.config;
      return config && tokensOf(config);
    },
    save: (tokens) => editKubeconfig(file, (draft) => keep(draft, userName, tokens)),
  };
}

function tokensOf(config: { readonly [key: string]: string }): Partial<OidcTokens> {
  const { 'id-token': idToken, 'refresh-token': refreshToken } = config;
  return { ...(idToken ? { idToken } : {}), ...(refreshToken ? { refreshToken } : {}) };
}

function keep(document: KubeconfigDraft, userName: string, tokens: OidcTokens): void {
  const { users } = document.toJS() as { users?: { name?: string }[] };
  const index = users?.findIndex(({ name }) => name === userName) ?? -1;
  if (index < 0) return;
  const path = ['users', index, 'user', 'auth-provider', 'config'];
  document.setIn([...path, 'id-token'], tokens.idToken);
  document.setIn([...path, 'refresh-token'], tokens.refreshToken);
}
