import { readFile } from 'node:fs/promises';
import { ConfigError } from '../errors/index.js';
import type { Clock } from '../util/clock.js';
import type { CredentialSource } from './credentials.js';
import { relativeTo } from './kubeconfig.js';
import { OidcCredentials, type OidcTokens } from './oidc.js';
import { editKubeconfig, type KubeconfigDraft } from './write-kubeconfig.js';

/** The credentials behind a kubeconfig's `auth-provider`. Only `oidc` is left in Kubernetes; the others were replaced by plugins in 1.26. */
export async function authProvider(
  provider: { readonly name: string; readonly config?: { readonly [key: string]: string } | undefined },
  userName: string,
  file: string,
  clock: Clock | undefined,
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
  if (!clientId) throw new ConfigError(`${where}: auth-provider.config.client-id is missing`);
  const settings = {
    issuer,
    clientId,
    clientSecret: config['client-secret'],
    idToken: config['id-token'],
    refreshToken: config['refresh-token'],
    ca: await authorities(config, file, where),
  };
  return new OidcCredentials(settings, (tokens) => editKubeconfig(file, (doc) => keep(doc, userName, tokens)), clock);
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

function keep(document: KubeconfigDraft, userName: string, tokens: OidcTokens): void {
  const { users } = document.toJS() as { users?: { name?: string }[] };
  const index = users?.findIndex(({ name }) => name === userName) ?? -1;
  if (index < 0) return;
  const path = ['users', index, 'user', 'auth-provider', 'config'];
  document.setIn([...path, 'id-token'], tokens.idToken);
  document.setIn([...path, 'refresh-token'], tokens.refreshToken);
}
