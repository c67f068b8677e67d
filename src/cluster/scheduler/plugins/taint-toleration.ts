import { normalizeByMaximum, type Plugin } from '../plugin.js';
import type { PodInfo } from '../pod-info.js';
import { unresolvable } from '../rejection.js';
import { tolerates, untoleratedTaint } from '../tolerations.js';

const name = 'TaintToleration';

/** Keeps pods off nodes whose taints they do not tolerate, and prefers nodes with fewer taints that ask for avoidance. */
export const taintToleration: Plugin = {
  name,
  weight: 3,
  filter: ({ tolerations }: PodInfo) => ({
    check: ({ taints }) =>
      taints.length > 0 && untoleratedTaint(taints, tolerations) !== undefined
        ? unresolvable(name, 'node(s) had untolerated taint(s)')
        : undefined,
  }),
  scorer({ tolerations }) {
    const relevant = tolerations.filter(({ effect = '' }) => effect === '' || effect === 'PreferNoSchedule');
    return {
      score: ({ taints }) =>
        taints.length === 0
          ? 0
          : taints.filter(
              (taint) => taint.effect === 'PreferNoSchedule' && !relevant.some((one) => tolerates(one, taint)),
            ).length,
      normalize: (scores) => normalizeByMaximum(scores, true),
    };
  },
  mayHelp(event, pod) {
    const isTolerated = (taints: Parameters<typeof untoleratedTaint>[0] = []) =>
      untoleratedTaint(taints, pod.tolerations) === undefined;
    if (event.type === 'NodeAdd') return isTolerated(event.node.spec?.taints);
    if (event.type === 'NodeUpdate')
      return !isTolerated(event.old.spec?.taints) && isTolerated(event.node.spec?.taints);
    return event.type === 'UnscheduledPodUpdate';
  },
};
