import type { GroupFacts } from '../../meta/index.js';

/**
 * Returns the versions that are served, by kube-apiserver's `--runtime-config`: a comma-separated list of `api/all`, `api/ga`,
 * `api/beta`, `api/alpha` or `GROUP/VERSION` (`v1` for the core group), each with `=true` or `=false`. The most particular entry
 * wins. Stable versions are served by default, alpha and beta versions are not.
 *
 * Throws for an entry that kube-apiserver refuses, or that would have no effect here.
 */
export function servedGroups(groups: readonly GroupFacts[], config = ''): GroupFacts[] {
  const rules = parse(groups, config);
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

function parse(groups: readonly GroupFacts[], config: string): Map<string, boolean> {
  const rules = new Map<string, boolean>();
  const items = config.split(',').map((part) => part.trim());
  for (const item of items.filter((one) => one !== '')) {
    const mark = item.indexOf('=');
    const key = mark < 0 ? item : item.slice(0, mark);
    const value = mark < 0 ? '' : item.slice(mark + 1);
    const isOn = key.startsWith('api/') ? levelValue(item, key, value) : versionValue(groups, item, key, value);
    rules.set(key === 'api/v1' ? 'v1' : key, isOn);
  }
  if (rules.size === 1 && rules.get('api/all') === false) throw refused('api/all=false', 'nothing would be served');
  return rules;
}

function levelValue(item: string, key: string, value: string): boolean {
  if (key === 'api/v1') return boolean(item, value);
  if (!/^api\/(all|ga|beta|alpha)$/.test(key)) throw refused(item, `it knows no '${key}'`);
  if (value !== 'true' && value !== 'false') throw refused(item, `${key} takes true or false`);
  return value === 'true';
}

function versionValue(groups: readonly GroupFacts[], item: string, key: string, value: string): boolean {
  const [group = '', version, resource, ...rest] = key === 'v1' ? ['', key] : key.split('/');
  if (version === undefined || version === '' || rest.length > 0)
    throw refused(item, `'${key}' is not a GROUP/VERSION`);
  if (resource !== undefined) throw refused(item, 'resources cannot be turned on or off alone');
  const isOn = boolean(item, value);
  const known = groups.find((one) => one.group === group);
  if (known === undefined && group !== 'extensions') throw refused(item, `there is no API group '${group}'`);
  // A version that is gone is off, as asked.
  if (isOn && known?.versions.includes(version) !== true) throw refused(item, `${group} has no version ${version}`);
  return isOn;
}

/** Reads a value as Go's ParseBool does; none is true. */
function boolean(item: string, value: string): boolean {
  if (/^(|1|t|T|true|TRUE|True)$/.test(value)) return true;
  if (/^(0|f|F|false|FALSE|False)$/.test(value)) return false;
  throw refused(item, `'${value}' is neither true nor false`);
}

function refused(item: string, why: string): Error {
  return new Error(
    `cannot use --runtime-config ${item}: ${why}. Give api/all, api/ga, api/beta, api/alpha or GROUP/VERSION.`,
  );
}
