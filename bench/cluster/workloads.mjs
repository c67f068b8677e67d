// The workloads of scheduler_perf: node workloads.mjs prepare KUBECONFIG NODES, then run KUBECONFIG PODS
import { Namespace, Node, Pod } from '../../dist/generated/core/v1.js';
import { connect } from '../../dist/src/index.js';

const [step, kubeconfig, count] = [process.argv[2], process.argv[3], Number(process.argv[4])];
const cluster = await connect({ kubeconfig });
const zoneKey = 'topology.kubernetes.io/zone';
const hostKey = 'kubernetes.io/hostname';
const concurrency = 40;

/** Runs an async function for each number below `total`, a few at a time. */
async function each(total, work) {
  let next = 0;
  const worker = async () => {
    while (next < total) await work(next++);
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
}

if (step === 'prepare') await prepare();
else console.log(JSON.stringify(await measure()));
await cluster.close();
if (step === 'prepare') console.log('{}');

async function prepare() {
  const allocatable = { cpu: '4', memory: '32Gi', pods: '110' };
  await each(count, async (index) => {
    const name = `scheduler-perf-${index}`;
    const labels = { [hostKey]: name, [zoneKey]: `zone${index % 3}` };
    await cluster.resource(Node).create({ metadata: { name, labels }, status: { capacity: allocatable, allocatable } });
    // Without a node controller, the taint of a node that is not ready stays.
    await cluster.resource(Node).update(name, (node) => {
      node.spec = { ...node.spec, taints: [] };
    });
  });
}

async function measure() {
  const term = (topologyKey, color) => ({ topologyKey, labelSelector: { matchLabels: { color } } });
  const preferred = (topologyKey, color) => [{ weight: 1, podAffinityTerm: term(topologyKey, color) }];
  const spread = (whenUnsatisfiable) => ({
    topologySpreadConstraints: [{ maxSkew: 5, whenUnsatisfiable, ...term(zoneKey, 'blue') }],
  });
  const required = 'requiredDuringSchedulingIgnoredDuringExecution';
  const wished = 'preferredDuringSchedulingIgnoredDuringExecution';
  const zones = [{ matchExpressions: [{ key: zoneKey, operator: 'In', values: ['zone0', 'zone1'] }] }];
  const workloads = {
    SchedulingBasic: ['none', {}],
    SchedulingNodeAffinity: ['none', { affinity: { nodeAffinity: { [required]: { nodeSelectorTerms: zones } } } }],
    TopologySpreading: ['blue', spread('DoNotSchedule')],
    PreferredTopologySpreading: ['blue', spread('ScheduleAnyway')],
    SchedulingPodAffinity: ['blue', { affinity: { podAffinity: { [required]: [term(zoneKey, 'blue')] } } }],
    SchedulingPodAntiAffinity: ['green', { affinity: { podAntiAffinity: { [required]: [term(hostKey, 'green')] } } }],
    SchedulingPreferredPodAffinity: ['red', { affinity: { podAffinity: { [wished]: preferred(hostKey, 'red') } } }],
    SchedulingPreferredPodAntiAffinity: [
      'yellow',
      { affinity: { podAntiAffinity: { [wished]: preferred(hostKey, 'yellow') } } },
    ],
  };
  const rates = {};
  for (const [name, [color, spec]] of Object.entries(workloads))
    rates[name] = await rate(name.toLowerCase(), color, spec);
  return rates;
}

/** Creates pods with a gate, removes nothing, and measures from the first to the last binding: pods a second. */
async function rate(namespace, color, spec) {
  await cluster.resource(Namespace).create({ metadata: { name: namespace } });
  const pods = cluster.resource(Pod).in(namespace);
  const informer = cluster.informer(Pod, { namespace });
  let bound = 0;
  let first;
  let last;
  const done = new Promise((resolve) => {
    const look = (pod) => {
      if (!pod.spec.nodeName) return;
      first ??= performance.now();
      last = performance.now();
      if (++bound === count) resolve();
    };
    informer.subscribe({ added: look, updated: (pod, old) => (old.spec.nodeName ? undefined : look(pod)) });
  });
  await informer.start();
  const resources = { requests: { cpu: '100m', memory: '500Mi' } };
  const containers = [{ name: 'pause', image: 'registry.k8s.io/pause:3.10', resources }];
  const began = performance.now();
  await each(count, async (index) => {
    const pod = {
      metadata: { name: `p${index}`, labels: { color } },
      spec: { containers, ...spec, automountServiceAccountToken: false },
    };
    for (;;) {
      try {
        await pods.create(pod);
        return;
      } catch (error) {
        // The service account of a new namespace comes a moment later.
        if (error.httpStatus !== 403) throw error;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  });
  const createdMs = performance.now() - began;
  await done;
  await informer.stop();
  const podsPerSecond = Math.round((count / (last - first)) * 1000);
  return { podsPerSecond, createdPerSecond: Math.round((count / createdMs) * 1000) };
}
