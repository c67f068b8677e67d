import type { GroupFacts } from '../../meta/index.js';
import { healthChecks } from './health-checks.js';

/** `/`: the paths there are. */
export function rootPaths(groups: readonly GroupFacts[]): { paths: string[] } {
  const paths = [
    '/.well-known/openid-configuration',
    '/api',
    '/api/v1',
    '/apis',
    '/apis/',
    '/metrics',
    '/metrics/slis',
    '/openapi/v2',
    '/openapi/v3',
    '/openapi/v3/',
    '/openid/v1/jwks',
    '/version',
  ];
  for (const [endpoint, checks] of Object.entries(healthChecks)) {
    paths.push(`/${endpoint}`, ...checks.map(({ name }) => `/${endpoint}/${name}`));
  }
  for (const { group, versions } of groups) {
    if (group === '') continue;
    paths.push(`/apis/${group}`, ...versions.map((version) => `/apis/${group}/${version}`));
  }
  return { paths: paths.sort() };
}
