import { dns1123SubdomainProblems } from '../../meta/index.js';
import { textCache } from '../../util/text-cache.js';
import type {
  Attributes,
  Authorizer,
  ImpersonatedUser,
  Impersonation,
  ResourceAttributes,
} from '../object/authorization.js';
import { StatusError } from '../object/status-error.js';
import type { UserInfo, WantedUser } from '../object/user.js';
import { notAllowed } from './attributes.js';
import { masters } from './authorizer.js';
import {
  type ImpersonationMode,
  impersonationModes,
  legacyMode,
  nodeNameOf,
  serviceAccountOf,
} from './impersonation-modes.js';

const authentication = 'authentication.k8s.io';

/** From so many groups or extra values on, a right to all of them is checked first. */
const many = 4;

/** Characters of the user names whose mode is remembered. */
const rememberedLength = 1024 * 1024;

/**
 * Decides whether a request may act for another user. A user may impersonate if one of the modes allows it. The mode that last allowed
 * something to a user is tried first, and its refusal is the one reported.
 */
export class Impersonator implements Impersonation {
  readonly #modes: readonly ImpersonationMode[];
  readonly #last = textCache<ImpersonationMode>(rememberedLength);

  /** `constrained` is the feature gate ConstrainedImpersonation. */
  constructor(
    private readonly authorizer: Authorizer,
    constrained: boolean,
  ) {
    this.#modes = constrained ? impersonationModes : [legacyMode];
  }

  async impersonate(wanted: WantedUser, attributes: Attributes): Promise<ImpersonatedUser> {
    const { user } = attributes;
    const last = this.#last.get(user.username);
    const others = this.#modes.filter((mode) => mode !== last);
    let refusal: StatusError | undefined;
    for (const mode of last === undefined ? others : [last, ...others]) {
      if (!mode.appliesTo(wanted, user)) continue;
      try {
        const impersonated = await this.#impersonateBy(mode, wanted, attributes);
        this.#last.set(user.username, mode);
        return { user: impersonated, constraint: mode.name === undefined ? undefined : `impersonate:${mode.name}` };
      } catch (error) {
        if (!(error instanceof StatusError)) throw error;
        refusal ??= error;
      }
    }
    throw refusal ?? notAllowed(attributes);
  }

  async #impersonateBy(mode: ImpersonationMode, wanted: WantedUser, attributes: Attributes): Promise<UserInfo> {
    if (mode.name !== undefined)
      await this.#check({ ...attributes, verb: `impersonate-on:${mode.name}:${attributes.verb}` });
    const { username, groups, uid, extra } = wanted;
    const verb = mode.name === undefined ? 'impersonate' : `impersonate:${mode.name}`;
    const about = (resource: Partial<ResourceAttributes>): Attributes => {
      // The right to impersonate one's own node is one for all nodes.
      const name = mode.name === 'associated-node' ? '*' : (resource.name ?? '');
      const group = mode.name === undefined ? '' : authentication;
      const whole = { group, version: 'v1', resource: '', subresource: '', namespace: '', ...resource, name };
      return { user: attributes.user, verb, path: '', resource: whole };
    };
    const account = serviceAccountOf(username);
    const node = mode.name === undefined ? undefined : nodeNameOf(username);
    const subject =
      account !== undefined
        ? { resource: 'serviceaccounts', ...account }
        : node !== undefined
          ? { resource: 'nodes', name: node }
          : { resource: 'users', name: username };
    await this.#check(about(subject));
    if (uid !== '') await this.#check(about({ group: authentication, resource: 'uids', name: uid }));
    if (mode.name !== undefined) checkConstrained(wanted, about);
    await this.#checkGroups(mode, groups, about);
    await this.#checkExtra(mode, extra, about);
    const own = account !== undefined ? accountGroups(account.namespace) : node !== undefined ? ['system:nodes'] : [];
    return {
      username,
      groups: withStanding(username, groups.length > 0 ? groups : own),
      ...(uid === '' ? {} : { uid }),
      ...(extra.size === 0 ? {} : { extra: Object.fromEntries(extra) }),
    };
  }

  async #checkGroups(mode: ImpersonationMode, groups: readonly string[], about: AboutResource): Promise<void> {
    const group = (name: string): Attributes => about({ resource: 'groups', name });
    if (mode.name !== undefined && groups.length >= many && (await this.#allows(group('*')))) return;
    for (const name of groups) await this.#check(group(name));
  }

  async #checkExtra(mode: ImpersonationMode, extra: WantedUser['extra'], about: AboutResource): Promise<void> {
    const one = (subresource: string, name: string): Attributes =>
      about({ group: authentication, resource: 'userextras', subresource, name });
    const pairs = [...extra].flatMap(([key, values]) => values.map((value) => one(key, value)));
    if (mode.name !== undefined && pairs.length >= many && (await this.#allows(one('*', '*')))) return;
    for (const pair of pairs) await this.#check(pair);
  }

  async #allows(attributes: Attributes): Promise<boolean> {
    return (await this.authorizer.authorize(attributes)).allowed;
  }

  async #check(attributes: Attributes): Promise<void> {
    const { allowed, reason } = await this.authorizer.authorize(attributes);
    if (!allowed) throw notAllowed(attributes, reason);
  }
}

type AboutResource = (resource: Partial<ResourceAttributes>) => Attributes;

/** Refuses what only the verb `impersonate` can allow. Throws the 403 Status. */
function checkConstrained({ groups, extra }: WantedUser, about: AboutResource): void {
  const group = (name: string, why: string): StatusError => notAllowed(about({ resource: 'groups', name }), why);
  if (groups.includes('')) throw group('', 'impersonating the empty string group is not allowed');
  if (groups.includes(masters)) throw group(masters, `impersonating the ${masters} group is not allowed`);
  const problem = [...extra].map(([key, values]) => extraProblem(key, values)).find((one) => one !== undefined);
  if (problem === undefined) return;
  throw notAllowed(about({ group: authentication, resource: 'userextras' }), `impersonating ${problem}`);
}

function extraProblem(key: string, values: readonly string[]): string | undefined {
  if (key === '') return 'the empty string key in extra is not allowed';
  const invalid = (value: string, why: string): string =>
    `an invalid key in extra is not allowed: extra.key: Invalid value: ${JSON.stringify(value)}: ${why}`;
  const [, domain = '', path = ''] = /^([^/]*)\/(.*)$/s.exec(key) ?? [];
  if (domain === '' || path === '') return invalid(key, 'must be a domain-prefixed path (such as "acme.io/foo")');
  const [wrong] = dns1123SubdomainProblems(domain);
  if (wrong !== undefined) return invalid(domain, wrong);
  if (!/^[A-Za-z0-9/\-._~%!$&'()*+,;=:]+$/.test(path))
    return invalid(path, "Invalid path (regex used for validation is '[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+')");
  if (key !== key.toLowerCase()) return `a non-lowercase key in extra is not allowed: ${JSON.stringify(key)}`;
  return values.includes('') ? 'the empty string value in extra is not allowed' : undefined;
}

function accountGroups(namespace: string): string[] {
  return ['system:serviceaccounts', `system:serviceaccounts:${namespace}`];
}

/** Adds the group that tells whether the user is authenticated. */
function withStanding(username: string, groups: readonly string[]): string[] {
  const standing = username === 'system:anonymous' ? 'system:unauthenticated' : 'system:authenticated';
  const isGiven = groups.includes(standing) || groups.includes('system:unauthenticated');
  return isGiven ? [...groups] : [...groups, standing];
}
