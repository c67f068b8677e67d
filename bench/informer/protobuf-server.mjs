// The pods of the synthetic server once more, in protobuf: LIST with limit and continue, the streamed first state, bursts. Everything is
// encoded before it is asked for, so that the client is the bottleneck. usage: node protobuf-server.mjs PORT N URL-OF-THE-SYNTHETIC-SERVER
import { createServer } from 'node:http';
import { decodeMessage } from '../../dist/src/wire/protobuf/decode.js';
import {
  encodeFrame,
  encodeMessage,
  encodeObject,
  encodeWatchEvent,
  wrapList,
} from '../../dist/src/wire/protobuf/encode.js';

const [port, n, source] = process.argv.slice(2);
const total = Number(n);
const podType = 'core/v1.Pod';
const batch = 64;
const messages = [];
let version = 0;
for (let token = ''; ; ) {
  const answer = await fetch(`${source}/api/v1/pods?limit=500&continue=${token}`);
  const { metadata, items } = await answer.json();
  for (const pod of items) messages.push(encodeMessage(pod, podType));
  version = Number(metadata.resourceVersion);
  token = metadata.continue ?? '';
  if (token === '') break;
}
if (messages.length !== total) throw new Error(`${messages.length} pods instead of ${total}`);

const frame = (type, object) => {
  const event = encodeWatchEvent(type, object);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(event.length);
  return Buffer.concat([length, event]);
};
const batches = (count, make) =>
  Array.from({ length: Math.ceil(count / batch) }, (_, k) =>
    Buffer.concat(Array.from({ length: Math.min(batch, count - k * batch) }, (_, i) => make(k * batch + i))),
  );
const state = batches(total, (i) => encodeFrame('ADDED', 'v1', 'Pod', messages[i]));
const watchers = new Set();
const write = (response, chunk) =>
  new Promise((done) => {
    if (response.write(chunk)) done();
    else response.once('drain', done);
  });

/** A pod as it is after one more change. */
function changed(i) {
  const pod = decodeMessage(messages[i], 0, messages[i].length, podType, { apiVersion: 'v1', kind: 'Pod' });
  pod.metadata.resourceVersion = String(++version);
  return frame('MODIFIED', encodeObject(pod));
}

function bookmark() {
  const annotations = { 'k8s.io/initial-events-end': 'true' };
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { resourceVersion: String(version), annotations } };
  return frame('BOOKMARK', encodeObject(pod));
}

createServer(async (request, response) => {
  const { pathname, searchParams: query } = new URL(request.url, 'http://x');
  if (pathname === '/preburst') {
    const chunks = batches(Number(query.get('count')), (i) => changed(i % total));
    const begun = performance.now();
    for (const chunk of chunks) await Promise.all([...watchers].map((watcher) => write(watcher, chunk)));
    response.end(String(performance.now() - begun));
    return;
  }
  if (pathname !== '/api/v1/pods') {
    response.writeHead(404).end('{}');
    return;
  }
  if (!request.headers.accept?.startsWith('application/vnd.kubernetes.protobuf')) {
    response.writeHead(406).end('{}');
    return;
  }
  if (query.get('watch') === 'true' || query.get('watch') === '1') {
    response.setHeader('content-type', 'application/vnd.kubernetes.protobuf;stream=watch');
    response.flushHeaders();
    response.socket.setNoDelay(true);
    if (query.get('sendInitialEvents') === 'true') {
      for (const chunk of state) await write(response, chunk);
      await write(response, bookmark());
    }
    watchers.add(response);
    response.on('close', () => watchers.delete(response));
    return;
  }
  response.setHeader('content-type', 'application/vnd.kubernetes.protobuf');
  const limit = Number(query.get('limit') ?? 0);
  const from = Number(query.get('continue') ?? 0);
  const to = limit === 0 ? total : Math.min(total, from + limit);
  const more = to < total ? { continue: String(to), remainingItemCount: total - to } : {};
  const head = encodeMessage({ metadata: { resourceVersion: String(version), ...more } }, 'core/v1.PodList');
  response.end(wrapList('v1', 'PodList', head, messages.slice(from, to)));
}).listen(Number(port), '127.0.0.1', () => console.log('ready'));
