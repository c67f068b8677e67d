import { conflicts } from '../host-ports.js';
import type { Plugin } from '../plugin.js';
import { unschedulable } from '../rejection.js';

const name = 'NodePorts';

/** Keeps two pods off one node if both ask for the same port of it. */
export const nodePorts: Plugin = {
  name,
  filter({ hostPorts }) {
    if (hostPorts.length === 0) return undefined;
    return {
      check: (node) =>
        node.hostPorts.some((used) => hostPorts.some((wanted) => conflicts(used, wanted)))
          ? unschedulable(name, "node(s) didn't have free ports for the requested pod ports")
          : undefined,
    };
  },
  mayHelp(event, pod) {
    if (event.type === 'NodeAdd') return true;
    if (event.type !== 'AssignedPodDelete') return false;
    return event.pod.hostPorts.some((freed) => pod.hostPorts.some((wanted) => conflicts(freed, wanted)));
  },
};
