import { dns1123SubdomainProblems } from '../../../../meta/index.js';
import { fieldsOf, listOf, objectsOf, textOf } from '../../../../util/json-fields.js';
import { isObject, type JsonObject } from '../../../../util/json-value.js';
import { duplicate, type FieldError, invalidValue, notSupported, required } from '../../../object/field-error.js';
import { idProblems, relativePathProblems } from '../../../validation/value-problems.js';

/** Validates the security context of a pod. */
export function podSecurityProblems(context: JsonObject, path: string): FieldError[] {
  return [
    ...idProblems(`${path}.fsGroup`, context.fsGroup),
    ...userProblems(context, path),
    ...listOf(context.supplementalGroups).flatMap((id, index) =>
      idProblems(`${path}.supplementalGroups[${index}]`, id),
    ),
    ...profileProblems(context, path, 'seccompProfile'),
    ...profileProblems(context, path, 'appArmorProfile'),
    ...sysctlProblems(context, `${path}.sysctls`),
    ...policyProblems(context, path),
    ...windowsProblems(context, path),
    ...labellingProblems(context.seLinuxChangePolicy, `${path}.seLinuxChangePolicy`),
  ];
}

const policies: { readonly [field: string]: readonly string[] } = {
  fsGroupChangePolicy: ['Always', 'OnRootMismatch'],
  supplementalGroupsPolicy: ['Merge', 'Strict'],
};

function policyProblems(context: JsonObject, path: string): FieldError[] {
  return Object.entries(policies).flatMap(([field, values]) => {
    const policy = context[field];
    const isKnown = policy === undefined || policy === null || values.includes(textOf(policy));
    return isKnown ? [] : [notSupported(`${path}.${field}`, policy, values)];
  });
}

const sysctlName = /^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$/;
const maxSysctl = 253;

function sysctlProblems(context: JsonObject, path: string): FieldError[] {
  const names = new Set<string>();
  return objectsOf(context.sysctls).flatMap(({ name: given }, index) => {
    const [name, field] = [textOf(given), `${path}[${index}].name`];
    const again = names.has(name);
    names.add(name);
    if (name === '') return [];
    if (name.length > maxSysctl || !sysctlName.test(name)) {
      const pattern = '^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$';
      return [invalidValue(field, name, `must have at most ${maxSysctl} characters and match regex ${pattern}`)];
    }
    return again ? [duplicate(field, name)] : [];
  });
}

/** Relabelling of volumes by mounting them is not on by default. */
function labellingProblems(policy: unknown, field: string): FieldError[] {
  return policy === undefined || policy === 'Recursive' ? [] : [notSupported(field, policy, ['Recursive'])];
}

/** Validates the security context of a container. */
export function containerSecurityProblems(context: JsonObject, path: string, hostUsers: boolean): FieldError[] {
  return [
    ...userProblems(context, path),
    ...mountProblems(context.procMount, `${path}.procMount`, hostUsers),
    ...profileProblems(context, path, 'seccompProfile'),
    ...escalationProblems(context, path),
    ...windowsProblems(context, path),
    ...profileProblems(context, path, 'appArmorProfile'),
  ];
}

function escalationProblems(context: JsonObject, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (context.allowPrivilegeEscalation !== false) return errors;
  if (context.privileged === true) {
    const why = 'cannot set `allowPrivilegeEscalation` to false and `privileged` to true';
    errors.push(invalidValue(path, asGo(context), why));
  }
  if (listOf(fieldsOf(context.capabilities).add).includes('CAP_SYS_ADMIN')) {
    const why = 'cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN';
    errors.push(invalidValue(path, asGo(context), why));
  }
  return errors;
}

const mounts = ['Default', 'Unmasked'];

/** A /proc that hides nothing is for users that are not the node's. */
function mountProblems(mount: unknown, field: string, hostUsers: boolean): FieldError[] {
  if (mount === undefined) return [];
  if (!mounts.includes(textOf(mount))) return [notSupported(field, mount, mounts)];
  return hostUsers && mount === 'Unmasked'
    ? [invalidValue(field, mount, '`hostUsers` must be false to use `Unmasked`')]
    : [];
}

const maxCredentialKib = 64;
const maxUserName = 104;
const maxDomainName = 256;

function windowsProblems(context: JsonObject, path: string): FieldError[] {
  const options = fieldsOf(context.windowsOptions);
  const at = `${path}.windowsOptions`;
  const { gmsaCredentialSpecName: name, gmsaCredentialSpec: spec, runAsUserName: user } = options;
  const errors: FieldError[] = [];
  if (name !== undefined)
    errors.push(
      ...dns1123SubdomainProblems(textOf(name)).map((why) => invalidValue(`${at}.gmsaCredentialSpecName`, name, why)),
    );
  if (spec === '')
    errors.push(invalidValue(`${at}.gmsaCredentialSpec`, spec, 'gmsaCredentialSpec cannot be an empty string'));
  if (textOf(spec).length > maxCredentialKib * 1024) {
    const why = `gmsaCredentialSpec size must be under ${maxCredentialKib} KiB`;
    errors.push(invalidValue(`${at}.gmsaCredentialSpec`, spec, why));
  }
  if (user !== undefined) {
    const field = `${at}.runAsUserName`;
    errors.push(...windowsUserFaults(textOf(user)).map((why) => invalidValue(field, user, `runAsUserName${why}`)));
  }
  return errors;
}

function windowsUserFaults(name: string): string[] {
  if (name === '') return [' cannot be an empty string'];
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (/[\x00-\x1f\x7f]/.test(name)) return [' cannot contain control characters'];
  const parts = name.split('\\');
  if (parts.length > 2) return [' cannot contain more than one backslash'];
  const [user = '', domain] = [...parts].reverse();
  const faults: string[] = [];
  if ((domain ?? '').length >= maxDomainName) faults.push(`'s Domain length must be under ${maxDomainName} characters`);
  if (domain !== undefined && !/^[^\\/:*?<>|.]{1,15}$|^([a-zA-Z0-9][a-zA-Z0-9-]*\.)*[a-zA-Z0-9-]+$/.test(domain))
    faults.push("'s Domain doesn't match the NetBios nor the DNS format");
  if (user === '') faults.push("'s User cannot be empty");
  if (user.length > maxUserName) faults.push(`'s User length must not be longer than ${maxUserName} characters`);
  if (/^[. ]+$/.test(user)) faults.push("'s User cannot contain only periods or spaces");
  if (/["/\\:;|=,+*?<>@[\]]/.test(user))
    faults.push(`'s User cannot contain the following characters: "/\\:;|=,+*?<>@[]`);
  return faults;
}

function userProblems(context: JsonObject, path: string): FieldError[] {
  return [
    ...idProblems(`${path}.runAsUser`, context.runAsUser),
    ...idProblems(`${path}.runAsGroup`, context.runAsGroup),
  ];
}

const profileTypes = ['Localhost', 'RuntimeDefault', 'Unconfined'];

/** A profile has a file of its own only where it is kept on the node. */
function profileProblems(context: JsonObject, path: string, kind: 'seccompProfile' | 'appArmorProfile'): FieldError[] {
  const profile = fieldsOf(context[kind]);
  const [type, file] = [textOf(profile.type), profile.localhostProfile];
  const at = `${path}.${kind}.localhostProfile`;
  const what = kind === 'seccompProfile' ? 'seccomp type' : 'AppArmor type';
  if (type !== '' && !profileTypes.includes(type)) {
    const errors = [notSupported(`${path}.${kind}.type`, type, profileTypes)];
    if (file === undefined) return errors;
    const quoted = kind === 'seccompProfile' ? { Type: type, LocalhostProfile: file } : file;
    return [...errors, invalidValue(at, quoted, `can only be set when ${what} is Localhost`)];
  }
  const untyped =
    context[kind] === undefined || context[kind] === null || type !== ''
      ? []
      : [required(`${path}.${kind}.type`, `type is required when ${kind} is set`)];
  if (type === '' && file !== undefined && kind === 'seccompProfile')
    return [
      ...untyped,
      invalidValue(at, { Type: '', LocalhostProfile: file }, `can only be set when ${what} is Localhost`),
    ];
  const missing = kind === 'seccompProfile' ? file === undefined : textOf(file) === '';
  if (type === 'Localhost' && missing) return [required(at, `must be set when ${what} is Localhost`)];
  if (type === 'Localhost' && kind === 'seccompProfile') return relativePathProblems(at, textOf(file));
  const shown = kind === 'seccompProfile' ? { Type: type, LocalhostProfile: file } : file;
  return type !== '' && type !== 'Localhost' && file !== undefined
    ? [invalidValue(at, shown, `can only be set when ${what} is Localhost`)]
    : untyped;
}

/** The fields of a container's security context, in the order in which the real server writes them down. */
const goFields = [
  'capabilities',
  'privileged',
  'seLinuxOptions',
  'windowsOptions',
  'runAsUser',
  'runAsGroup',
  'runAsNonRoot',
  'readOnlyRootFilesystem',
  'allowPrivilegeEscalation',
  'procMount',
  'seccompProfile',
  'appArmorProfile',
];

/** The context as the real server's messages show it: by the names its own type has, with all that is not set. */
function asGo(context: JsonObject): JsonObject {
  return Object.fromEntries(
    goFields.map((name) => [name === 'seLinuxOptions' ? 'SELinuxOptions' : upper(name), inner(name, context[name])]),
  );
}

/** The fields inside of them, with what stands for a field that is not set. */
const innerFields: { readonly [field: string]: { readonly [inner: string]: null | '' } } = {
  capabilities: { add: null, drop: null },
  seLinuxOptions: { user: '', role: '', type: '', level: '' },
  windowsOptions: { gmsaCredentialSpecName: null, gmsaCredentialSpec: null, runAsUserName: null, hostProcess: null },
  seccompProfile: { type: '', localhostProfile: null },
  appArmorProfile: { type: '', localhostProfile: null },
};

function inner(field: string, value: unknown): unknown {
  if (!isObject(value)) return value ?? null;
  const whole = { ...innerFields[field], ...value };
  return Object.fromEntries(
    Object.entries(whole).map(([name, one]) => [name.replace(/^gmsa/, 'GMSA').replace(/^[a-z]/, upper), one]),
  );
}

function upper(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}
