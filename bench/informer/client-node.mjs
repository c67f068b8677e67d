// One informer of @kubernetes/client-node. usage: node --expose-gc client-node.mjs URL FOLDER
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { bursts, memory, pauses, processorMs } from './measure.mjs';

const [url, folder] = process.argv.slice(2);
const main = createRequire(join(folder, 'package.json')).resolve('@kubernetes/client-node');
const { CoreV1Api, KubeConfig, makeInformer } = await import(pathToFileURL(main).href);
const config = new KubeConfig();
config.loadFromClusterAndUser({ name: 'c', server: url, skipTLSVerify: true }, { name: 'u' });
const api = config.makeApiClient(CoreV1Api);
await api.listPodForAllNamespaces({ limit: 1 });

const informer = makeInformer(config, '/api/v1/pods', () => api.listPodForAllNamespaces());
let heard = 0;
let seen = 0;
const hear = (pod) => {
  heard++;
  seen += pod.spec?.containers.length ?? 0;
};
informer.on('add', hear);
informer.on('update', hear);
// Its informer stops at an error; a list too long for a string is one.
const failed = new Promise((_, reject) => informer.on('error', reject));
const begun = performance.now();
const before = process.cpuUsage();
const [, loop] = await pauses(() => Promise.race([informer.start(), failed]));
const syncMs = Math.round(performance.now() - begun);
const cpuMs = processorMs(before);
const kept = await memory();
// The watch is opened after start() has resolved.
await new Promise((resolve) => setTimeout(resolve, 500));
const speed = await bursts(url, Math.max(2000, Math.min(20_000, heard)), () => heard);
if (seen < 0) throw new Error('nothing was read');
console.log(JSON.stringify({ subject: 'client-node', syncMs, cpuMs, ...kept, ...speed, ...loop }));
process.exit(0);
