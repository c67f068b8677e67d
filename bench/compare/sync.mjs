// What the first state of an informer costs one checkout, in microseconds of processor time per object.
// usage: node sync.mjs CHECKOUT SERVER COUNT
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const [checkout, server, count] = process.argv.slice(2);
const load = (path) => import(pathToFileURL(join(checkout, 'dist', path)));
const { Pod } = await load('generated/index.js');
const { connect } = await load('src/index.js');
const cluster = await connect({ server });
// The connection and what is loaded with it.
await cluster.resource(Pod).list({ pageSize: 1 }).page();
const informer = cluster.informer(Pod);
informer.subscribe({ added: (pod) => pod.metadata.name });
const before = process.cpuUsage();
await informer.start();
const { user, system } = process.cpuUsage(before);
await informer.stop();
await cluster.close();
console.log(JSON.stringify({ micros: (user + system) / Number(count) }));
