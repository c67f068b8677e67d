import type { KubeObject } from '../meta/index.js';

/** An object with conditions in its status, as far as it is known. */
type WithConditions = KubeObject & {
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] | undefined };
};

function holds(type: string): (object: KubeObject | undefined) => boolean {
  return (object) => {
    const { status }: WithConditions = object ?? {};
    return status?.conditions?.some((condition) => condition.type === type && condition.status === 'True') ?? false;
  };
}

/** Holds for a pod or node whose condition `Ready` is true. For `waitFor`. */
export const ready = holds('Ready');

/** Holds for a Deployment or APIService whose condition `Available` is true. For `waitFor`. */
export const available = holds('Available');

/** Holds for a CustomResourceDefinition whose condition `Established` is true. For `waitFor`. */
export const established = holds('Established');

/** Holds for a Job whose condition `Complete` is true. For `waitFor`. */
export const complete = holds('Complete');

/** Holds when the object does not exist. For `waitFor`. */
export function deleted(object: KubeObject | undefined): boolean {
  return object === undefined;
}
