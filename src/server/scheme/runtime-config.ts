import type { GroupFacts } from '../../meta/index.js';

/**
 * Which versions are served, in the words of kube-apiserver's `--runtime-config`: a comma-separated list of `api/all`,
 * `api/ga`, `api/beta`, `api/alpha` or `GROUP/VERSION` (`v1` for the core group), each with `=true` or `=false`. What is more
 * particular wins. Stable versions are served unless told otherwise, alpha and beta ones are not, as on the real server.
 *
 * Throws for a word it does not know.
 */
export function servedGroups(groups: readonly GroupFacts[], config = ''): GroupFacts[] {
  const rules = parse(config);
  const served = (group: string, version: string): boolean => {
    const own = rules.get(group === '' ? version : `${group}/${version}`);
    const level = levelOf(version);
    return own ?? rules.get(`api/${level}`) ?? rules.get('api/all') ?? level === 'ga';
  };
  return groups.flatMap(({ group, versions }) => {
    const kept = versions.filter((version) => served(group, version));
    return kept.length === 0 ? [] : [{ group, versions: kept }];
  });
}

function levelOf(version: string): 'ga' | 'beta' | 'alpha' {
  return version.includes('alpha') ? 'alpha' : version.includes('beta') ? 'beta' : 'ga';
}

function parse(config: string): Map<string, boolean> {
  const rules = new Map<string, boolean>();
  for (const item of config.split(',').map((part) => part.trim())) {
    if (item === '') continue;
    const [key = '', value = 'true'] = item.split('=');
    if (value !== 'true' && value !== 'false') throw new Error(`runtime config takes true or false, not '${item}'`);
    if (/^api\//.test(key) && !/^api\/(all|ga|beta|alpha)$/.test(key))
      throw new Error(`runtime config knows no '${key}'`);
    rules.set(key, value === 'true');
  }
  return rules;
}
