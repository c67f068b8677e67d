// What memory does while everything is written anew, again and again. usage: node --expose-gc churn.mjs URL N TURNS
import { Pod } from '../../dist/generated/index.js';
import { connect } from '../../dist/src/index.js';
import { burst, memory } from './measure.mjs';

const [url, n, turns] = process.argv.slice(2);
const cluster = await connect({ server: url });
const informer = cluster.informer(Pod);
let heard = 0;
informer.subscribeKeys(() => heard++);
await informer.start();
const sizes = [];
for (let turn = 0; turn < Number(turns); turn++) {
  await burst(url, Number(n), () => heard);
  const { retainedMiB } = await memory();
  sizes.push(retainedMiB);
}
const { allocatedBytes, bytes } = informer.status();
await informer.stop();
await cluster.close();
console.log(
  JSON.stringify({
    subject: 'churn',
    turns: sizes.length,
    firstMiB: sizes[0],
    lastMiB: sizes.at(-1),
    'last/first': Number((sizes.at(-1) / sizes[0]).toFixed(2)),
    'allocated/kept': Number((allocatedBytes / bytes).toFixed(2)),
  }),
);
