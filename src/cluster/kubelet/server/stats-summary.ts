import { formatTime } from '../../../meta/index.js';
import type { UsageMeter, UsageSample } from './usage-report.js';

/** Returns the document of `/stats/summary`, in the form that metrics-server and `kubectl top` read. */
export async function statsSummary(nodeName: string, meter: UsageMeter) {
  const { node, pods } = await meter.measure();
  return {
    node: {
      nodeName,
      startTime: formatTime(meter.startedAt),
      ...usageOf(node, node.memoryAvailableBytes),
    },
    pods: pods.map(({ name, namespace, uid, startTime, containers }) => ({
      podRef: { name, namespace, uid },
      startTime,
      containers: containers.map((one) => ({
        name: one.name,
        startTime: formatTime(one.startedAt),
        ...usageOf(one.usage),
      })),
      ...(containers.length === 0 ? {} : usageOf(sumOf(containers.map(({ usage }) => usage)))),
    })),
  };
}

/** Adds up samples. The time is that of the first. */
export function sumOf(samples: readonly UsageSample[]): UsageSample {
  const sum = (value: (sample: UsageSample) => number) => samples.reduce((total, one) => total + value(one), 0);
  return {
    at: samples[0]?.at ?? 0,
    cpuNanoseconds: sum((one) => one.cpuNanoseconds),
    cpuNanocores: sum((one) => one.cpuNanocores),
    memoryBytes: sum((one) => one.memoryBytes),
  };
}

function usageOf({ at, cpuNanoseconds, cpuNanocores, memoryBytes }: UsageSample, availableBytes?: number) {
  const time = formatTime(at);
  return {
    cpu: { time, usageNanoCores: cpuNanocores, usageCoreNanoSeconds: Math.round(cpuNanoseconds) },
    memory: {
      time,
      ...(availableBytes === undefined ? {} : { availableBytes }),
      usageBytes: memoryBytes,
      workingSetBytes: memoryBytes,
      rssBytes: memoryBytes,
    },
  };
}
