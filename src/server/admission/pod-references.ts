import { fieldsOf, listOf, objectsOf, textOf } from '../../util/json-fields.js';
import { isObject, type JsonObject } from '../../util/json-value.js';

/** The fields of containers and volumes that name a Secret. */
const secretFields = new Set(['secret', 'secretRef', 'secretKeyRef', 'secretName', 'nodePublishSecretRef']);

/** Returns whether a pod refers to a Secret. */
export function referencesSecret(spec: JsonObject): boolean {
  const { volumes, containers, initContainers, imagePullSecrets } = spec;
  return listOf(imagePullSecrets).length > 0 || [volumes, containers, initContainers].some(hasSecretField);
}

function hasSecretField(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(hasSecretField);
  if (!isObject(value)) return false;
  return Object.entries(value).some(([name, inner]) => secretFields.has(name) || hasSecretField(inner));
}

/** A Secret that a pod refers to, and where, in the words of refusals. */
export interface SecretReference {
  readonly name: string;
  readonly place: string;
}

/** Returns the Secrets that a pod mounts whole, and those in the environment of its containers. */
export function mountedSecrets(spec: JsonObject): SecretReference[] {
  const mounted = objectsOf(spec.volumes)
    .filter(({ secret }) => isObject(secret))
    .map(({ secret }) => textOf(fieldsOf(secret).secretName))
    .map((name) => ({ name, place: `volume with secret.secretName="${name}"` }));
  return [
    ...mounted,
    ...environmentSecrets('init container', spec.initContainers),
    ...environmentSecrets('container', spec.containers),
  ];
}

/** Returns the Secrets in the environment of containers. `kind` is what refusals call these containers. */
export function environmentSecrets(kind: string, containers: unknown): SecretReference[] {
  return objectsOf(containers).flatMap(({ name: container, env, envFrom }) => {
    const of = `${kind} ${textOf(container)} with`;
    const reference = (where: string, name: string): SecretReference => ({
      name,
      place: `${of} ${where} referencing secret.secretName="${name}"`,
    });
    const variables = objectsOf(env).flatMap(({ name, valueFrom }) => {
      const { secretKeyRef } = fieldsOf(valueFrom);
      return isObject(secretKeyRef) ? [reference(`envVar ${textOf(name)}`, textOf(secretKeyRef.name))] : [];
    });
    const sources = objectsOf(envFrom).flatMap(({ secretRef }) =>
      isObject(secretRef) ? [reference('envFrom', textOf(secretRef.name))] : [],
    );
    return [...variables, ...sources];
  });
}
