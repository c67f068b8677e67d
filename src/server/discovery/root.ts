import type { Scheme } from '../object/server-context.js';

/** `/`: the paths there are. */
export function rootPaths(scheme: Scheme): { paths: string[] } {
  const paths = [
    '/.well-known/openid-configuration',
    '/api',
    '/api/v1',
    '/apis',
    '/apis/',
    '/healthz',
    '/healthz/ping',
    '/livez',
    '/livez/ping',
    '/metrics',
    '/openapi/v3',
    '/openapi/v3/',
    '/openid/v1/jwks',
    '/readyz',
    '/readyz/ping',
    '/version',
  ];
  for (const { group, versions } of scheme.groups()) {
    if (group === '') continue;
    paths.push(`/apis/${group}`, ...versions.map((version) => `/apis/${group}/${version}`));
  }
  return { paths: paths.sort() };
}
