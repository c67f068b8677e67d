import type { Plugin } from '../plugin.js';
import { unresolvable } from '../rejection.js';
import { tolerates } from '../tolerations.js';

const name = 'NodeUnschedulable';
const taint = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' } as const;

/** Keeps pods off nodes that are cordoned, unless they tolerate the taint that stands for it. */
export const nodeUnschedulable: Plugin = {
  name,
  filter(pod) {
    if (pod.tolerations.some((toleration) => tolerates(toleration, taint))) return undefined;
    return {
      check: (node) => (node.unschedulable ? unresolvable(name, 'node(s) were unschedulable') : undefined),
    };
  },
  mayHelp(event) {
    if (event.type === 'NodeAdd') return event.node.spec?.unschedulable !== true;
    if (event.type === 'NodeUpdate') return event.old.spec?.unschedulable === true && !event.node.spec?.unschedulable;
    return event.type === 'UnscheduledPodUpdate';
  },
};
