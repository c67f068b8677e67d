import type { PodFailurePolicyOnExitCodesRequirement, PodFailurePolicyRule } from '../../../../generated/batch/v1.js';
import type { ContainerStatus } from '../../../../generated/core/v1.js';
import type { DeepReadonly } from '../../../meta/index.js';
import type { CachedPod } from '../pods/pod-state.js';

/** The decision of a pod failure policy about one failed pod. */
export interface FailureVerdict {
  /** True: the failure counts towards the back-off limit. */
  readonly counts: boolean;
  /** The action of the rule that matched. */
  readonly action?: PodFailurePolicyRule['action'] | undefined;
  /** The reason why the whole Job fails. */
  readonly message?: string | undefined;
}

/** Returns the decision of the first rule that matches a failed pod. Without one the failure counts. */
export function failureVerdict(
  rules: readonly DeepReadonly<PodFailurePolicyRule>[] | undefined,
  pod: CachedPod,
): FailureVerdict {
  for (const [index, rule] of (rules ?? []).entries()) {
    const cause = causeOf(rule, pod);
    if (cause === undefined) continue;
    const { action } = rule;
    const message = action === 'FailJob' ? `${cause} matching ${action} rule at index ${index}` : undefined;
    return { counts: action !== 'Ignore', action, message };
  }
  return { counts: true };
}

function causeOf(rule: DeepReadonly<PodFailurePolicyRule>, { metadata, status }: CachedPod): string | undefined {
  const name = `${metadata.namespace}/${metadata.name}`;
  const { onExitCodes, onPodConditions = [] } = rule;
  if (onExitCodes !== undefined) {
    const statuses = [...(status?.containerStatuses ?? []), ...(status?.initContainerStatuses ?? [])];
    const container = statuses.find((one) => hasExitCode(one, onExitCodes));
    const code = container?.state?.terminated?.exitCode;
    return container && `Container ${container.name} for pod ${name} failed with exit code ${code}`;
  }
  const condition = status?.conditions?.find((one) =>
    onPodConditions.some(({ type, status: wanted = 'True' }) => type === one.type && wanted === one.status),
  );
  return condition && `Pod ${name} has condition ${condition.type}`;
}

function hasExitCode(
  { name, state }: DeepReadonly<ContainerStatus>,
  { containerName, operator, values }: DeepReadonly<PodFailurePolicyOnExitCodesRequirement>,
): boolean {
  const code = state?.terminated?.exitCode ?? 0;
  if (code === 0 || (containerName !== undefined && containerName !== name)) return false;
  return values.includes(code) === (operator === 'In');
}
