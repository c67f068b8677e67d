import { readFile } from 'node:fs/promises';
import type { Container, EnvVarSource, Pod, Service } from '../../../../generated/core/v1.js';
import type { DeepReadonly } from '../../../meta/index.js';
import { ContainerError } from '../runtime/container-error.js';
import type { ConfigSources } from './config-sources.js';
import { expandVariables } from './expansion.js';
import { type PodAddressFacts, podFieldValue } from './field-ref.js';
import { type NodeResources, resourceFieldValue } from './resource-field-ref.js';
import { serviceVariables } from './service-variables.js';

/** The facts that a container's environment is made of. */
export interface EnvironmentFacts {
  readonly pod: DeepReadonly<Pod>;
  readonly container: DeepReadonly<Container>;
  readonly addresses: PodAddressFacts;
  readonly services: Iterable<DeepReadonly<Service>>;
  readonly allocatable: NodeResources;
  /** Variables that count more than those of services. */
  readonly variables: Readonly<Record<string, string>>;
  readonly sources: ConfigSources;
  /** Returns the file of a volume. */
  readonly volumeFile: (volume: string, path: string) => Promise<string | undefined>;
}

/** Returns the variables of a container. Throws a `ContainerError` when something that is referred to does not exist. */
export async function containerEnvironment(facts: EnvironmentFacts): Promise<Record<string, string>> {
  const { pod, container, services } = facts;
  const namespace = pod.metadata?.namespace ?? '';
  const links = pod.spec?.enableServiceLinks ?? true;
  const ofServices = { ...serviceVariables(services, namespace, links), ...facts.variables };
  const variables: Record<string, string> = await variablesFrom(facts, namespace);
  const lookUp = (name: string) => own(variables, name) ?? own(ofServices, name);
  for (const { name, value = '', valueFrom } of container.env ?? []) {
    if (value !== '' || valueFrom === undefined) variables[name] = expandVariables(value, lookUp);
    else {
      const found = await referredValue(valueFrom, facts, namespace);
      if (found !== undefined) variables[name] = found;
    }
  }
  return { ...ofServices, ...variables };
}

/** Expands the variables in a container's command and arguments. */
export function expandCommand(container: DeepReadonly<Container>, env: Readonly<Record<string, string>>) {
  const expand = (words: readonly string[] | undefined) =>
    (words ?? []).map((word) => expandVariables(word, (name) => own(env, name)));
  return { command: expand(container.command), args: expand(container.args) };
}

async function variablesFrom(
  { container, sources }: EnvironmentFacts,
  namespace: string,
): Promise<Record<string, string>> {
  const variables: Record<string, string> = {};
  for (const { configMapRef, secretRef, prefix = '' } of container.envFrom ?? []) {
    const data =
      configMapRef !== undefined
        ? await sources.configMap(namespace, configMapRef.name ?? '', configMapRef.optional ?? false)
        : await sources.secret(namespace, secretRef?.name ?? '', secretRef?.optional ?? false);
    for (const [key, bytes] of data ?? []) variables[prefix + key] = bytes.toString();
  }
  return variables;
}

async function referredValue(
  from: DeepReadonly<EnvVarSource>,
  facts: EnvironmentFacts,
  namespace: string,
): Promise<string | undefined> {
  const { configMapKeyRef, secretKeyRef, fieldRef, resourceFieldRef, fileKeyRef } = from;
  const { sources, pod, addresses, container, allocatable } = facts;
  if (fieldRef !== undefined) {
    const value = podFieldValue(pod, fieldRef.fieldPath, addresses);
    if (value !== undefined) return value;
    throw configError(`unsupported fieldPath: ${fieldRef.fieldPath}`);
  }
  if (resourceFieldRef !== undefined) {
    const { containerName } = resourceFieldRef;
    const named = containersOf(pod).find(({ name }) => name === containerName) ?? container;
    const value = resourceFieldValue(named, resourceFieldRef, allocatable);
    if (value !== undefined) return value;
    throw configError(`unsupported container resource : ${resourceFieldRef.resource}`);
  }
  if (fileKeyRef !== undefined) return valueInFile(fileKeyRef, facts);
  const key = configMapKeyRef ?? secretKeyRef;
  if (key === undefined) return undefined;
  const { name = '', optional = false } = key;
  const kind = configMapKeyRef === undefined ? 'Secret' : 'ConfigMap';
  const data = await (kind === 'Secret'
    ? sources.secret(namespace, name, optional)
    : sources.configMap(namespace, name, optional));
  const bytes = data?.get(key.key);
  if (bytes !== undefined) return bytes.toString();
  if (optional) return undefined;
  throw configError(`couldn't find key ${key.key} in ${kind} ${namespace}/${name}`);
}

async function valueInFile(
  { volumeName, path, key, optional }: DeepReadonly<NonNullable<EnvVarSource['fileKeyRef']>>,
  { volumeFile }: EnvironmentFacts,
): Promise<string | undefined> {
  const file = await volumeFile(volumeName, path);
  const text = file === undefined ? undefined : await readFile(file, 'utf8').catch(() => undefined);
  const line = text?.split('\n').find((one) => one.trimStart().startsWith(`${key}=`));
  if (line === undefined && optional !== true) {
    throw configError(`environment variable key "${key}" not found in file "${path}"`);
  }
  return line
    ?.slice(line.indexOf('=') + 1)
    .trim()
    .replace(/^(['"])(.*)\1$/s, '$2');
}

function containersOf(pod: DeepReadonly<Pod>): readonly DeepReadonly<Container>[] {
  return [...(pod.spec?.initContainers ?? []), ...(pod.spec?.containers ?? [])];
}

function own(variables: Readonly<Record<string, string>>, name: string): string | undefined {
  return Object.hasOwn(variables, name) ? variables[name] : undefined;
}

function configError(message: string): ContainerError {
  return new ContainerError('CreateContainerConfigError', message);
}
