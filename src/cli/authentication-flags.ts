import type { AuthenticationConfiguration } from '../server/authentication-config.js';
import { readText } from '../server/read-text.js';
import type { GivenFlags } from './parse-flags.js';
import { UsageError } from './usage-error.js';

const others = [
  'oidc-ca-file',
  'oidc-username-claim',
  'oidc-username-prefix',
  'oidc-groups-claim',
  'oidc-groups-prefix',
  'oidc-signing-algs',
  'oidc-required-claim',
];

/** Reads `--authentication-config`, or makes of the `--oidc-` flags the configuration that they stand for. */
export async function authenticationOf(flags: GivenFlags): Promise<AuthenticationConfiguration | undefined> {
  const path = flags.text('authentication-config');
  const [issuerUrl = '', clientId = ''] = [flags.text('oidc-issuer-url'), flags.text('oidc-client-id')];
  const isOidc = issuerUrl !== '' || clientId !== '' || others.some((name) => flags.text(name) !== undefined);
  if (path === undefined && !isOidc) return undefined;
  if (path !== undefined && isOidc)
    throw new UsageError('--authentication-config and the --oidc flags exclude each other');
  const { oidcConfiguration, readAuthenticationConfiguration } = await import('../server/authentication-config.js');
  if (path !== undefined) {
    const configuration = await readAuthenticationConfiguration(path);
    if (configuration.anonymous !== undefined && flags.bool('anonymous-auth') !== undefined)
      throw new UsageError(`--anonymous-auth and the field anonymous of ${path} exclude each other`);
    return configuration;
  }
  if (issuerUrl === '' || clientId === '')
    throw new UsageError('the --oidc flags need --oidc-issuer-url and --oidc-client-id');
  const caFile = flags.text('oidc-ca-file');
  return oidcConfiguration({
    issuerUrl,
    clientId,
    ca: caFile === undefined ? undefined : await readText(caFile, '--oidc-ca-file'),
    usernameClaim: flags.text('oidc-username-claim'),
    usernamePrefix: flags.text('oidc-username-prefix'),
    groupsClaim: flags.text('oidc-groups-claim'),
    groupsPrefix: flags.text('oidc-groups-prefix'),
    signingAlgorithms: flags.list('oidc-signing-algs'),
    requiredClaims: new Map((flags.array('oidc-required-claim') ?? []).map(requiredClaim)),
  });
}

function requiredClaim(text: string): [string, string] {
  const mark = text.indexOf('=');
  if (mark < 0) throw new UsageError(`--oidc-required-claim takes claim=value, not '${text}'`);
  return [text.slice(0, mark).trim(), text.slice(mark + 1).trim()];
}
