/**
 * The reasons why a pod cannot run on a node. If a rejection is not `resolvable`, the pod still could not run there if other pods
 * went away, so preemption does not look at the node.
 */
export interface Rejection {
  /** The plugin that rejects. */
  readonly plugin: string;
  readonly reasons: readonly string[];
  readonly resolvable: boolean;
}

/** Makes a rejection that other pods' going away may resolve. */
export function unschedulable(plugin: string, ...reasons: string[]): Rejection {
  return { plugin, reasons, resolvable: true };
}

/** Makes a rejection that stands even if other pods go away. */
export function unresolvable(plugin: string, ...reasons: string[]): Rejection {
  return { plugin, reasons, resolvable: false };
}
