import type { NodeInfo } from '../node-info.js';
import { maxScore, type Plugin } from '../plugin.js';

/** Prefers nodes on which the pod brings the shares of CPU and memory in use closer together. */
export const balancedAllocation: Plugin = {
  name: 'NodeResourcesBalancedAllocation',
  scorer({ requests }) {
    const of = (resource: string) => requests.find(([name]) => name === resource)?.[1] ?? 0;
    const [cpu, memory] = [of('cpu'), of('memory')];
    if (cpu === 0 && memory === 0) return undefined;
    return {
      score(node) {
        const change = balance(node, cpu, memory) - balance(node, 0, 0);
        // The division cuts towards zero, as integers do.
        return maxScore / 2 + Math.trunc((maxScore / 2 + change) / 2);
      },
    };
  },
  mayHelp: () => false,
};

function balance({ requested, allocatable }: NodeInfo, cpu: number, memory: number): number {
  const [cpuCapacity, memoryCapacity] = [allocatable.cpu ?? 0, allocatable.memory ?? 0];
  if (cpuCapacity === 0 || memoryCapacity === 0) return maxScore;
  const cpuShare = Math.min(1, ((requested.cpu ?? 0) + cpu) / cpuCapacity);
  const memoryShare = Math.min(1, ((requested.memory ?? 0) + memory) / memoryCapacity);
  return Math.trunc((1 - Math.abs((cpuShare - memoryShare) / 2)) * maxScore);
}
