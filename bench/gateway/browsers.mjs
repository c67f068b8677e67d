// Browsers, each with one query, that note how old the changes are that they receive. usage: node browsers.mjs URL CONNECTIONS SELECTIONS
import { once } from 'node:events';
import WebSocket from 'ws';

const [, , url, connections, selections] = process.argv;
const kind = { apiVersion: 'v1', kind: 'Pod' };
const OPENED_AT_ONCE = 50;
const begun = Date.now();
let ages;
let messages = 0;
let bytes = 0;

const all = Array.from({ length: Number(connections) }, (_, at) => at);
for (let from = 0; from < all.length; from += OPENED_AT_ONCE)
  await Promise.all(all.slice(from, from + OPENED_AT_ONCE).map(open));
process.send({ firstRowsMs: Date.now() - begun });

process.on('message', async (what) => {
  if (what === 'begin') {
    ages = [];
    messages = 0;
    bytes = 0;
    return;
  }
  ages.sort((a, b) => a - b);
  const part = (share) => ages[Math.floor(ages.length * share)];
  process.send({
    p50Ms: part(0.5),
    p99Ms: part(0.99),
    mostMs: ages.at(-1),
    changesSeen: ages.length,
    messages,
    receivedMiB: Math.round(bytes / 1024 / 1024),
    ...(await changes()),
  });
});

/** Opens one browser. Resolves when it has its first rows. */
function open(at) {
  let held = new Set();
  const socket = new WebSocket(url, 'keelson.gateway.v1', { headers: { 'x-user': `user-${at % 50}` } });
  return new Promise((resolve, reject) => {
    socket.once('open', () => socket.send(JSON.stringify({ type: 'open', id: 1, kind, query: queryOf(at) })));
    socket.once('error', reject);
    socket.on('message', (data) => {
      const now = Date.now();
      const message = JSON.parse(data);
      messages++;
      bytes += data.length;
      if (message.type === 'fault') reject(new Error(message.fault.message));
      // A row that only moved into the window may have changed long before.
      for (const { key, cells } of message.set ?? []) if (held.has(key)) ages?.push(now - Number(cells[0]));
      held = new Set(message.order ?? held);
      resolve();
    });
  });
}

/** Times the answers to one browser that searches, sorts and scrolls over all pods. */
async function changes() {
  const socket = new WebSocket(url, 'keelson.gateway.v1', { headers: { 'x-user': 'searcher' } });
  await new Promise((resolve) => socket.once('open', resolve));
  let id = 0;
  const answer = async (query) => {
    const asked = performance.now();
    const own = ++id;
    socket.send(JSON.stringify({ type: 'open', id: own, kind, query: { ...query, columns: ['metadata.name'] } }));
    for (;;) {
      const [data] = await once(socket, 'message');
      const message = JSON.parse(data);
      if (message.id === own) return { ms: Math.round(performance.now() - asked), total: message.total };
    }
  };
  const first = await answer({});
  const end = await answer({ window: { from: first.total - 50, to: first.total } });
  const search = await answer({ search: 'app-7 front' });
  const again = await answer({ search: 'app-8 front' });
  const sort = await answer({ sort: ['spec.nodeName', '-status.podIP'] });
  socket.close();
  return { openMs: first.ms, scrollMs: end.ms, searchMs: search.ms, searchAgainMs: again.ms, sortMs: sort.ms };
}

/** One of so many selections, with a window of its own. */
function queryOf(at) {
  const choice = at % Number(selections);
  const from = (Math.floor(at / Number(selections)) % 5) * 10;
  return {
    namespace: choice % 4 === 3 ? undefined : `ns-${choice % 20}`,
    labels: choice % 2 === 0 ? 'tier=front' : undefined,
    sort: [undefined, ['status.phase'], ['-metadata.creationTimestamp'], ['spec.nodeName']][(choice >> 2) % 4],
    where: [{ path: 'status.phase', is: '!=', value: `choice ${choice}` }],
    group: 'status.phase',
    window: { from, to: from + 50 },
    columns: ['metadata.annotations.sent', 'metadata.name', 'status.phase', 'spec.nodeName', 'status.podIP'],
  };
}
