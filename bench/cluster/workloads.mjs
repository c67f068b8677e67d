// The workloads of scheduler_perf: node workloads.mjs prepare KUBECONFIG NODES, create KUBECONFIG PODS NAME, measure KUBECONFIG PODS NAME
import { Namespace, Node, Pod } from '../../dist/generated/core/v1.js';
import { connect } from '../../dist/src/index.js';

const [step, kubeconfig, count, name] = [process.argv[2], process.argv[3], Number(process.argv[4]), process.argv[5]];
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

const steps = { prepare, create, measure };
console.log(JSON.stringify((await steps[step]()) ?? {}));
await cluster.close();

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

function workload() {
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
    PreferredPodAffinity: ['red', { affinity: { podAffinity: { [wished]: preferred(hostKey, 'red') } } }],
    PreferredPodAntiAffinity: ['yellow', { affinity: { podAntiAffinity: { [wished]: preferred(hostKey, 'yellow') } } }],
  };
  const [color, spec] = workloads[name];
  return { namespace: name.toLowerCase(), color, spec };
}

/** Creates the pods of a workload while no scheduler runs. */
async function create() {
  const { namespace, color, spec } = workload();
  await cluster.resource(Namespace).create({ metadata: { name: namespace } });
  const resources = { requests: { cpu: '100m', memory: '500Mi' } };
  const containers = [{ name: 'pause', image: 'registry.k8s.io/pause:3.10', resources }];
  await each(count, async (index) => {
    const pod = {
      metadata: { name: `p${index}`, labels: { color } },
      spec: { containers, automountServiceAccountToken: false, ...spec },
    };
    for (;;) {
      try {
        await cluster.resource(Pod).in(namespace).create(pod);
        return;
      } catch (error) {
        // The service account of a new namespace comes a moment later.
        if (error.httpStatus !== 403) throw error;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  });
}

/** Measures from the first to the last binding, in pods a second. */
async function measure() {
  const informer = cluster.informer(Pod, { namespace: workload().namespace });
  let [bound, first, last] = [0, undefined, undefined];
  const done = new Promise((resolve) => {
    informer.subscribe({
      updated: (pod, old) => {
        if (!pod.spec.nodeName || old.spec.nodeName) return;
        first ??= performance.now();
        last = performance.now();
        if (++bound === count) resolve();
      },
    });
  });
  await informer.start();
  console.log('watching');
  await done;
  await informer.stop();
  return { podsPerSecond: Math.round((count / (last - first)) * 1000) };
}
