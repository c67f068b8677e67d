// One informer of ours, through the public API. usage: node --expose-gc keelson.mjs URL|KUBECONFIG keys|hydrate|list [ENCODING]
import { Pod } from '../../dist/generated/index.js';
import { connect } from '../../dist/src/index.js';
import { bursts, memory, pauses, processorMs, timePerCall } from './measure.mjs';

const [url, subject, encoding = 'json'] = process.argv.slice(2);
const isSynthetic = url.startsWith('http:');
const cluster = await connect(isSynthetic ? { server: url, encoding } : { kubeconfig: url, encoding });
// The connection and what is loaded with it, as everybody else has them too.
await cluster.resource(Pod).list({ pageSize: 1 }).page();

const informer = cluster.informer(Pod, { indexes: { app: { label: 'app' } }, watchList: subject !== 'list' });
let heard = 0;
let seen = 0;
if (subject === 'hydrate') {
  informer.subscribe({
    added(pod) {
      heard++;
      seen += pod.spec?.containers.length ?? 0;
    },
    updated(pod) {
      heard++;
      seen += pod.spec?.containers.length ?? 0;
    },
  });
} else informer.subscribeKeys(() => heard++);

const begun = performance.now();
const before = process.cpuUsage();
const [, loop] = await pauses(() => informer.start());
const syncMs = Math.round(performance.now() - begun);
const cpuMs = processorMs(before);
const { objects, bytes } = informer.status();
if (isSynthetic && heard !== objects) throw new Error(`${heard} of ${objects} objects were delivered`);
const kept = await memory();
const updates = Math.max(2000, Math.min(20_000, objects));
// Other servers send what they are told to change, and that is their speed and not ours.
const speed = isSynthetic ? await bursts(url, updates, () => heard) : {};
const result = {
  subject,
  syncMs,
  cpuMs,
  keptMiB: Math.round(bytes / 1048576),
  'retained/kept': Number((kept.retainedMiB / (bytes / 1048576)).toFixed(2)),
  ...kept,
  ...speed,
  ...loop,
};
if (subject === 'keys' && isSynthetic) result.micro = micro();
await informer.stop();
await cluster.close();
if (seen < 0) throw new Error('nothing was read');
console.log(JSON.stringify(result));

function micro() {
  const { lister } = informer;
  const keys = lister.keys();
  const [hot] = keys;
  lister.get(hot);
  lister.get(hot);
  const cold = keys.slice(-Math.min(keys.length, 2000));
  let at = 0;
  return {
    'get hot ns': timePerCall(100_000, () => lister.get(hot)),
    'get cold ns': keys.length < 10_000 ? undefined : onePass(() => lister.get(cold[at++ % cold.length]), cold.length),
    'list namespace ns/object': perObject(() => lister.list({ namespace: 'team-1' })),
    'keys namespace ns/object': perObject(() => lister.keys({ namespace: 'team-1' })),
    'by label ns/object': perObject(() => lister.by('app', 'app-1')),
    'list labels ns/object': perObject(() => lister.list({ labels: { app: 'app-1', tier: 'frontend' } })),
  };
}

/** One pass over objects nobody has read: a second one would find some of them hydrated. */
function onePass(work, calls) {
  const begun = performance.now();
  for (let i = 0; i < calls; i++) work();
  return Math.round(((performance.now() - begun) * 1e6) / calls);
}

function perObject(work) {
  const found = work().length;
  return found === 0 ? undefined : Math.round(timePerCall(20, work) / found);
}
