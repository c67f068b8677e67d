// The floor on an API server: the same bytes through the same connection, only split into frames. usage: node api-floor.mjs KUBECONFIG ENCODING

import { acceptOf, codecOf } from '../../dist/src/client/encoding.js';
import { connect } from '../../dist/src/index.js';
import { callerOf } from '../../dist/src/sdk/cluster.js';
import { processorMs } from './measure.mjs';

const [kubeconfig, encoding] = process.argv.slice(2);
const cluster = await connect({ kubeconfig, encoding });
await cluster.version();
const pod = { group: '', version: 'v1', kind: 'Pod' };
const accept = await acceptOf(encoding, pod, undefined, false, true);
const query = { watch: true, sendInitialEvents: true, resourceVersionMatch: 'NotOlderThan', allowWatchBookmarks: true };
const begun = performance.now();
const before = process.cpuUsage();
const response = await callerOf(cluster).open({
  context: { verb: 'watch' },
  method: 'GET',
  path: '/api/v1/pods',
  query,
  accept,
});
const codec = await codecOf(response.headers['content-type']);
const frames = codec.frames();
let count = 0;
let bytes = 0;
const take = (frame) => {
  count++;
  if (frame.length > 1000 || !Buffer.from(frame).includes('initial-events-end')) return;
  const floor = { subject: 'floor', answered: codec.mediaType, frames: count, MiB: bytes >> 20 };
  console.log(JSON.stringify({ ...floor, syncMs: Math.round(performance.now() - begun), cpuMs: processorMs(before) }));
  process.exit(0);
};
await response.body.consume((chunk) => {
  bytes += chunk.length;
  frames.push(chunk, take);
});
