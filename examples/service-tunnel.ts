// Opens a local port that leads to a service: `node service-tunnel.js shop web 80`. It moves on when the service's pod is replaced.
import { once } from 'node:events';
import { connect } from 'keelson';
import { Service } from 'keelson/k8s';

const [namespace = 'default', name = '', port = '80'] = process.argv.slice(2);
await using cluster = await connect();
const services = cluster.resource(Service).in(namespace);
await using forward = await services.portForward(name, Number(port), { onConnectionError: console.error });
console.log(`${forward.address}:${forward.port} leads to ${name}:${port}. Ctrl-C ends it.`);
await once(process, 'SIGINT');
