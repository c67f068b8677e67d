import { dns1123LabelProblems, dns1123SubdomainProblems } from '../../meta/index.js';
import type { UserInfo, WantedUser } from '../object/user.js';

/** A way to impersonate a user: which users it is for, and what it checks. (Upstream's KEP-5284, and `impersonate` before it.) */
export interface ImpersonationMode {
  /** The name in verbs such as `impersonate-on:user-info:get`; undefined for the verb `impersonate`, which allows every request. */
  readonly name: 'associated-node' | 'arbitrary-node' | 'serviceaccount' | 'user-info' | undefined;
  readonly appliesTo: (wanted: WantedUser, requestor: UserInfo) => boolean;
}

/** The impersonation with the verb `impersonate`, for all users and requests. */
export const legacyMode: ImpersonationMode = { name: undefined, appliesTo: () => true };

/** All modes, in the order in which they are tried. */
export const impersonationModes: readonly ImpersonationMode[] = [
  {
    name: 'associated-node',
    appliesTo: (wanted, requestor) => {
      const node = hasOnlyName(wanted) ? nodeNameOf(wanted.username) : undefined;
      const own = requestor.extra?.['authentication.kubernetes.io/node-name'] ?? [];
      const isAccount = serviceAccountOf(requestor.username) !== undefined;
      return node !== undefined && isAccount && own.length === 1 && own[0] === node;
    },
  },
  {
    name: 'arbitrary-node',
    appliesTo: (wanted) => hasOnlyName(wanted) && nodeNameOf(wanted.username) !== undefined,
  },
  {
    name: 'serviceaccount',
    appliesTo: (wanted) => hasOnlyName(wanted) && serviceAccountOf(wanted.username) !== undefined,
  },
  {
    name: 'user-info',
    appliesTo: ({ username }) => nodeNameOf(username) === undefined && serviceAccountOf(username) === undefined,
  },
  legacyMode,
];

function hasOnlyName({ groups, uid, extra }: WantedUser): boolean {
  return groups.length === 0 && uid === '' && extra.size === 0;
}

/** Returns the node that a user name is for, undefined for other names. */
export function nodeNameOf(username: string): string | undefined {
  const name = /^system:node:(.*)$/s.exec(username)?.[1];
  return name === undefined || dns1123SubdomainProblems(name).length > 0 ? undefined : name;
}

/** Returns the service account that a user name is for, undefined for other names. */
export function serviceAccountOf(username: string): { namespace: string; name: string } | undefined {
  const [, namespace, name] = /^system:serviceaccount:([^:]*):([^:]*)$/.exec(username) ?? [];
  if (namespace === undefined || name === undefined) return undefined;
  if (dns1123LabelProblems(namespace).length > 0 || dns1123SubdomainProblems(name).length > 0) return undefined;
  return { namespace, name };
}
