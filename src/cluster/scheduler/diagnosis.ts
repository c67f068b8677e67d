import type { Rejection } from './rejection.js';

/** Why a pod fits on no node. */
export interface Diagnosis {
  /** The number of nodes in the cluster. */
  readonly nodes: number;
  /** The rejection of each node that was looked at. */
  readonly rejections: ReadonlyMap<string, Rejection>;
  /** The rejection of all nodes at once, or of those that were not looked at. */
  readonly others?: Rejection | undefined;
  /** True: `others` is about all nodes, and is told once, not for each node. */
  readonly isGlobal: boolean;
  /** The plugins that rejected the pod. */
  readonly plugins: ReadonlySet<string>;
}

/** Words a diagnosis as kube-scheduler does: `0/3 nodes are available: 1 Insufficient cpu, 2 node(s) were unschedulable.` */
export function describeDiagnosis(diagnosis: Diagnosis, preemption = ''): string {
  const { nodes, rejections, others, isGlobal } = diagnosis;
  let text = `0/${nodes} nodes are available:`;
  if (isGlobal) text += ` ${others?.reasons.join(', ')}.`;
  else {
    const reasons = new Map<string, number>();
    const count = (reason: string, by: number) => reasons.set(reason, (reasons.get(reason) ?? 0) + by);
    for (const rejection of rejections.values()) for (const reason of rejection.reasons) count(reason, 1);
    if (rejections.size < nodes) for (const reason of others?.reasons ?? []) count(reason, nodes - rejections.size);
    const lines = Array.from(reasons, ([reason, times]) => `${times} ${reason}`).sort();
    if (lines.length > 0) text += ` ${lines.join(', ')}.`;
  }
  return preemption === '' ? text : `${text} ${preemption}`;
}
