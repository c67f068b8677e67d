// From startServer() to the first answered request, the modules being loaded already. Prints {"firstMs", "againMs"}: of the first
// server of the process, and the median of those that follow.
import { get } from 'node:http';
import { startServer } from '../../dist/src/server/index.js';

async function once() {
  const began = performance.now();
  const server = await startServer();
  await new Promise((resolve, reject) => {
    get(`${server.url}/api/v1/namespaces/default`, { agent: false }, (response) => {
      response.resume();
      response.on('end', resolve);
    }).on('error', reject);
  });
  const ms = performance.now() - began;
  await server.close();
  return ms;
}

const firstMs = await once();
const again = [];
for (let i = 0; i < 9; i++) again.push(await once());
again.sort((a, b) => a - b);
console.log(JSON.stringify({ firstMs, againMs: again[4] }));
