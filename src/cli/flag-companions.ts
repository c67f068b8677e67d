import type { GivenFlags } from './parse-flags.js';

const securePortFlags = [
  'bind-address',
  'tls-cert-file',
  'tls-private-key-file',
  'client-ca-file',
  'token-auth-file',
  'basic-auth-file',
  'anonymous-auth',
  'authentication-config',
  'oidc-issuer-url',
  'requestheader-client-ca-file',
];

const auditLogFlags = ['audit-log-format', 'audit-log-maxsize', 'audit-log-maxbackup', 'audit-log-maxage'];

/** Returns warnings about flags that have no effect without another one, or beside one. */
export function companionWarnings(flags: GivenFlags): string[] {
  const without = (names: readonly string[], needed: string): string[] =>
    names.filter((name) => flags.text(name) !== undefined).map((name) => `--${name} has no effect without --${needed}`);
  const isInsecureOnly = flags.text('insecure-port') !== undefined && flags.text('secure-port') === undefined;
  return [
    ...(isInsecureOnly ? without(securePortFlags, 'secure-port') : []),
    ...(flags.text('insecure-port') === undefined ? without(['insecure-bind-address'], 'insecure-port') : []),
    ...(flags.text('audit-log-path') === undefined ? without(auditLogFlags, 'audit-log-path') : []),
    ...(flags.list('authorization-mode')?.includes('AlwaysAllow') === true && flags.bool('anonymous-auth') === true
      ? ['--anonymous-auth=true has no effect with --authorization-mode=AlwaysAllow']
      : []),
  ];
}
