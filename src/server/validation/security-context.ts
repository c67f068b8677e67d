import { fieldsOf, listOf, textOf } from '../fields.js';
import { isObject, type JsonObject } from '../patch/json-value.js';
import { type FieldError, invalidValue, required } from './field-error.js';
import { idProblems } from './values.js';

/** What is wrong with the security context of a pod. */
export function podSecurityProblems(context: JsonObject, path: string): FieldError[] {
  return [
    ...idProblems(`${path}.fsGroup`, context.fsGroup),
    ...userProblems(context, path),
    ...listOf(context.supplementalGroups).flatMap((id, index) =>
      idProblems(`${path}.supplementalGroups[${index}]`, id),
    ),
    ...profileProblems(context, path),
  ];
}

/** What is wrong with the security context of a container. */
export function containerSecurityProblems(context: JsonObject, path: string): FieldError[] {
  const errors = [...userProblems(context, path), ...profileProblems(context, path)];
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

function userProblems(context: JsonObject, path: string): FieldError[] {
  return [
    ...idProblems(`${path}.runAsUser`, context.runAsUser),
    ...idProblems(`${path}.runAsGroup`, context.runAsGroup),
  ];
}

/** A profile has a file of its own only where it is kept on the node. */
function profileProblems(context: JsonObject, path: string): FieldError[] {
  return (['seccompProfile', 'appArmorProfile'] as const).flatMap((kind) => {
    const profile = fieldsOf(context[kind]);
    const [type, file] = [textOf(profile.type), profile.localhostProfile];
    const at = `${path}.${kind}.localhostProfile`;
    const what = kind === 'seccompProfile' ? 'seccomp type' : 'AppArmor type';
    if (type === 'Localhost' && textOf(file) === '') return [required(at, `must be set when ${what} is Localhost`)];
    return type !== '' && type !== 'Localhost' && file !== undefined
      ? [invalidValue(at, file, `can only be set when ${what} is Localhost`)]
      : [];
  });
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
    goFields.map((name) => [name === 'seLinuxOptions' ? 'SELinuxOptions' : upper(name), inner(context[name])]),
  );
}

function inner(value: unknown): unknown {
  if (!isObject(value)) return value ?? null;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [upper(name), one]));
}

function upper(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}
