// The gateway in a process of its own. usage: node subject.mjs URL-OF-THE-API-SERVER
import { createServer } from 'node:http';
import { Pod } from '../../dist/generated/core/v1.js';
import { createGateway } from '../../dist/src/gateway/index.js';
import { connect } from '../../dist/src/index.js';
import { pauses } from '../informer/measure.mjs';

const MiB = 1024 * 1024;
const cluster = await connect({ server: process.argv[2], encoding: 'json' });
const gateway = createGateway({
  cluster,
  resources: [Pod],
  authenticate: (request) => ({ user: request.headers.get('x-user') ?? 'nobody' }),
  onError: (error) => console.error(error),
});
const server = createServer(gateway.node).on('upgrade', gateway.upgrade);
server.listen(0, '127.0.0.1', () => process.send({ url: `ws://127.0.0.1:${server.address().port}/` }));

let end = () => {};
process.on('message', async (what) => {
  if (what === 'end') return end();
  const before = process.cpuUsage();
  const begun = performance.now();
  const [, loop] = await pauses(() => new Promise((resolve) => (end = resolve)));
  const { user, system } = process.cpuUsage(before);
  const { rss, heapUsed } = process.memoryUsage();
  process.send({
    cores: Number(((user + system) / 1000 / (performance.now() - begun)).toFixed(2)),
    rssMiB: Math.round(rss / MiB),
    peakMiB: Math.round(process.resourceUsage().maxRSS / 1024),
    heapMiB: Math.round(heapUsed / MiB),
    ...loop,
    views: gateway.status().views,
  });
});
