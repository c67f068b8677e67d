import type { Container, Pod } from '../../../../generated/core/v1.js';
import type { DeepReadonly } from '../../../meta/index.js';

/** The identity of a container's processes, and the limits that they run within. */
export interface ContainerSecurity {
  /** The user id. Undefined: the image's, or the runtime's own. */
  readonly user: number | undefined;
  readonly group: number | undefined;
  /** Further groups, that of the pod's volumes included. */
  readonly groups: readonly number[];
  /** True: programs cannot gain rights, for example by setuid. */
  readonly noNewPrivileges: boolean;
  /** True: only volumes can be written to. */
  readonly readOnlyRoot: boolean;
}

/**
 * A part of the security context that a runtime can honour: `users` is runAsUser, runAsGroup, supplementalGroups and fsGroup;
 * `noNewPrivileges` is allowPrivilegeEscalation: false; `readOnlyRoot` is readOnlyRootFilesystem.
 */
export type SecurityFeature = 'users' | 'noNewPrivileges' | 'readOnlyRoot';

type PodSpec = DeepReadonly<Pod>['spec'];
type ContainerLike = DeepReadonly<Pick<Container, 'securityContext'>>;

/** Returns the identity and the limits that a pod and its container ask for. The container's own settings go first. */
export function containerSecurity(spec: PodSpec, { securityContext: own }: ContainerLike): ContainerSecurity {
  const pod = spec?.securityContext;
  const fsGroup = pod?.fsGroup;
  return {
    user: own?.runAsUser ?? pod?.runAsUser,
    group: own?.runAsGroup ?? pod?.runAsGroup,
    groups: [...new Set([...(pod?.supplementalGroups ?? []), ...(fsGroup === undefined ? [] : [fsGroup])])],
    noNewPrivileges: own?.allowPrivilegeEscalation === false,
    readOnlyRoot: own?.readOnlyRootFilesystem === true,
  };
}

/** Lists the fields of the security context that no runtime with these features honours. */
export function unhonouredFields(
  spec: PodSpec,
  { securityContext: own = {} }: ContainerLike,
  features: ReadonlySet<SecurityFeature>,
): string[] {
  const pod = spec?.securityContext ?? {};
  const needs = (feature: SecurityFeature, value: unknown) => value !== undefined && !features.has(feature);
  const fields: Readonly<Record<string, boolean>> = {
    runAsUser: needs('users', own.runAsUser ?? pod.runAsUser),
    runAsGroup: needs('users', own.runAsGroup ?? pod.runAsGroup),
    supplementalGroups: needs('users', pod.supplementalGroups?.[0]),
    fsGroup: needs('users', pod.fsGroup),
    allowPrivilegeEscalation: needs('noNewPrivileges', own.allowPrivilegeEscalation === false ? false : undefined),
    readOnlyRootFilesystem: needs('readOnlyRoot', own.readOnlyRootFilesystem === true ? true : undefined),
    'capabilities.add': (own.capabilities?.add?.length ?? 0) > 0,
    'capabilities.drop': (own.capabilities?.drop?.length ?? 0) > 0,
    seLinuxOptions: (own.seLinuxOptions ?? pod.seLinuxOptions) !== undefined,
    seccompProfile: isConfining(own.seccompProfile ?? pod.seccompProfile),
    appArmorProfile: isConfining(own.appArmorProfile ?? pod.appArmorProfile),
    procMount: own.procMount !== undefined && own.procMount !== 'Default',
    sysctls: (pod.sysctls?.length ?? 0) > 0,
  };
  return Object.entries(fields).flatMap(([field, isUnhonoured]) => (isUnhonoured ? field : []));
}

function isConfining(profile: { readonly type: string } | undefined): boolean {
  return profile !== undefined && profile.type !== 'Unconfined';
}

/**
 * Returns why a container may not start under `runAsNonRoot`, in the words of the kubelet. `runtimeUser` is the user of a container that
 * names none.
 */
export function nonRootProblem(
  spec: PodSpec,
  container: ContainerLike & { readonly name: string },
  runtimeUser: number | undefined,
  pod: string,
): string | undefined {
  const isRequired = container.securityContext?.runAsNonRoot ?? spec?.securityContext?.runAsNonRoot;
  if (isRequired !== true) return undefined;
  const { user } = containerSecurity(spec, container);
  const where = `(pod: "${pod}", container: ${container.name})`;
  if (user === 0) return `container's runAsUser breaks non-root policy ${where}`;
  if (user === undefined && runtimeUser === 0) return `container has runAsNonRoot and image will run as root ${where}`;
  return undefined;
}
