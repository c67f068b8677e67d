import type { Plugin } from '../plugin.js';
import { unresolvable } from '../rejection.js';

const name = 'NodeName';

/** Keeps a pod that names its node off all others. */
export const nodeName: Plugin = {
  name,
  filter(pod) {
    if (pod.nodeName === '') return undefined;
    return {
      check: (node) =>
        node.name === pod.nodeName ? undefined : unresolvable(name, "node(s) didn't match the requested node name"),
    };
  },
  mayHelp: (event) => event.type === 'NodeAdd',
};
