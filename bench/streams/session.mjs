// A client that opens a session, prints the process id of its command and waits to be killed: node session.mjs KUBECONFIG NAMESPACE POD
import { Pod } from '../../dist/generated/core/v1.js';
import { connect } from '../../dist/src/index.js';

const [kubeconfig, namespace, pod] = process.argv.slice(2);
const cluster = await connect({ kubeconfig });
const session = await cluster.resource(Pod).in(namespace).openExec(pod, ['sh', '-c', 'echo $$; exec sleep 1000']);
const { value } = await session.stdout.getReader().read();
process.stdout.write(value);
