// Follows the logs of all pods that a selector matches: `node log-tailer.js shop app=web`.
import { connect } from 'keelson';

const [namespace = 'default', labels = ''] = process.argv.slice(2);
await using cluster = await connect();
for await (const { pod, container, text } of cluster.logs({ namespace, labels, follow: true, tail: 10 })) {
  console.log(`${pod}/${container} ${text}`);
}
