import type { ApiFacts, GroupFacts } from '../../meta/index.js';

/** The facts that a configuration is held against. */
export interface KnownApis {
  readonly groups: readonly GroupFacts[];
  /** Returns the facts of a group and version that is known. */
  readonly facts: (group: string, version: string) => ApiFacts;
}

/** The core resources that the server itself reads and writes: kube-apiserver does not start without them. */
const needed = new Set(['endpoints', 'namespaces', 'nodes', 'pods', 'secrets', 'serviceaccounts', 'services']);

/**
 * The built-in APIs that are served, by kube-apiserver's `--runtime-config`: a comma-separated list of `api/all`, `api/ga`,
 * `api/beta`, `api/alpha`, `GROUP/VERSION` (`v1` for the core group) or `GROUP/VERSION/RESOURCE`, each with `=true` or `=false`.
 * The most particular entry wins. Stable versions are served by default, alpha and beta versions are not.
 */
export class RuntimeConfig {
  /** The groups with the versions that are served. */
  readonly groups: readonly GroupFacts[];
  readonly #known: KnownApis;
  /** By `api/all` and the like, `GROUP/VERSION` or `GROUP/VERSION/RESOURCE`. */
  readonly #rules: ReadonlyMap<string, boolean>;
  readonly #facts = new Map<string, ApiFacts>();

  /** Throws for an entry that kube-apiserver refuses, or that would have no effect here. */
  constructor(known: KnownApis, config = '') {
    this.#known = known;
    this.#rules = parse(known, config);
    this.groups = known.groups.flatMap(({ group, versions }) => {
      const kept = versions.filter((version) => this.#servesAny(group, version));
      return kept.length === 0 ? [] : [{ group, versions: kept }];
    });
  }

  /** Returns the facts of a version that is served, without the resources that are not. */
  facts(group: string, version: string): ApiFacts {
    const id = `${group}/${version}`;
    const all = this.#known.facts(group, version);
    if (!this.#hasResources(id)) return all;
    const found = this.#facts.get(id);
    if (found !== undefined) return found;
    const isOn = this.#serves(group, version);
    const serves = (plural: string): boolean => this.#rules.get(`${id}/${plural}`) ?? isOn;
    const made = {
      ...all,
      resources: all.resources.filter(({ plural }) => serves(plural)),
      paths: Object.fromEntries(Object.entries(all.paths).filter(([path]) => serves(pluralOf(path)))),
    };
    this.#facts.set(id, made);
    return made;
  }

  #servesAny(group: string, version: string): boolean {
    return this.#hasResources(`${group}/${version}`)
      ? this.facts(group, version).resources.length > 0
      : this.#serves(group, version);
  }

  #serves(group: string, version: string): boolean {
    const rules = this.#rules;
    const level = levelOf(version);
    return rules.get(`${group}/${version}`) ?? rules.get(`api/${level}`) ?? rules.get('api/all') ?? level === 'ga';
  }

  #hasResources(id: string): boolean {
    return [...this.#rules.keys()].some((key) => key.startsWith(`${id}/`));
  }
}

/** Returns the resource of a path of an OpenAPI document; an empty text for the path of the version itself. */
function pluralOf(path: string): string {
  const inside = path.replace(/^\/(api\/[^/]+|apis\/[^/]+\/[^/]+)\/(watch\/)?(namespaces\/\{namespace\}\/)?/, '');
  return inside.split('/')[0] ?? '';
}

function levelOf(version: string): 'ga' | 'beta' | 'alpha' {
  return version.includes('alpha') ? 'alpha' : version.includes('beta') ? 'beta' : 'ga';
}

function parse(known: KnownApis, config: string): Map<string, boolean> {
  const rules = new Map<string, boolean>();
  const items = config.split(',').map((part) => part.trim());
  for (const item of items.filter((one) => one !== '')) {
    const mark = item.indexOf('=');
    const key = mark < 0 ? item : item.slice(0, mark);
    const value = mark < 0 ? '' : item.slice(mark + 1);
    if (/^api\/(all|ga|beta|alpha)$/.test(key)) {
      if (value !== 'true' && value !== 'false') throw refused(item, `${key} takes true or false`);
      rules.set(key, value === 'true');
    } else {
      const [group, version, resource] = partsOf(item, key);
      const isOn = boolean(item, value);
      checkKnown(known, item, group, version, isOn);
      if (resource !== undefined) checkResource(known, item, group, version, resource, isOn);
      rules.set(resource === undefined ? `${group}/${version}` : `${group}/${version}/${resource}`, isOn);
    }
  }
  if (rules.size === 1 && rules.get('api/all') === false) throw refused('api/all=false', 'nothing would be served');
  return rules;
}

/** Splits a key into group, version and resource. `v1`, `/v1` and `api/v1` are the core group. */
function partsOf(item: string, key: string): [group: string, version: string, resource: string | undefined] {
  const parts = key.split('/');
  const [group = '', version, resource, ...rest] = /^v\d/.test(parts[0] ?? '') ? ['', ...parts] : parts;
  if (group === 'api' && version !== 'v1') throw refused(item, `it knows no '${key}'`);
  if (version === undefined || version === '' || rest.length > 0)
    throw refused(item, `'${key}' is not a GROUP/VERSION`);
  return [group === 'api' ? '' : group, version, resource];
}

function checkKnown({ groups }: KnownApis, item: string, group: string, version: string, isOn: boolean): void {
  const known = groups.find((one) => one.group === group);
  if (known === undefined && group !== 'extensions') throw refused(item, `there is no API group '${group}'`);
  // A version that is gone is off, as asked.
  if (known?.versions.includes(version) === true || (!isOn && /^v\d+((alpha|beta)\d+)?$/.test(version))) return;
  throw refused(item, `${group} has no version ${version}`);
}

function checkResource(
  known: KnownApis,
  item: string,
  group: string,
  version: string,
  resource: string,
  isOn: boolean,
): void {
  const has = known.groups.some((one) => one.group === group && one.versions.includes(version));
  if (!has) return;
  if (!known.facts(group, version).resources.some(({ plural }) => plural === resource))
    throw refused(item, `${group === '' ? version : `${group}/${version}`} has no resource '${resource}'`);
  if (!isOn && group === '' && needed.has(resource)) throw refused(item, `the server itself needs ${resource}`);
}

/** Reads a value as Go's ParseBool does; none is true. */
function boolean(item: string, value: string): boolean {
  if (/^(|1|t|T|true|TRUE|True)$/.test(value)) return true;
  if (/^(0|f|F|false|FALSE|False)$/.test(value)) return false;
  throw refused(item, `'${value}' is neither true nor false`);
}

function refused(item: string, why: string): Error {
  const forms = 'api/all, api/ga, api/beta, api/alpha, GROUP/VERSION or GROUP/VERSION/RESOURCE';
  return new Error(`cannot use --runtime-config ${item}: ${why}. Give ${forms}.`);
}
