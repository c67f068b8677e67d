// Reads one answer to its end and counts it: read.mjs URL [ACCEPT]. Prints {"ms", "MiB", "firstMs"}.
import { get } from 'node:http';
import { get as getSecure } from 'node:https';

const [url, accept = 'application/json'] = process.argv.slice(2);
const began = performance.now();
(url.startsWith('https:') ? getSecure : get)(url, { headers: { accept }, rejectUnauthorized: false }, (response) => {
  let bytes = 0;
  let firstMs;
  response.on('data', (chunk) => {
    firstMs ??= performance.now() - began;
    bytes += chunk.length;
  });
  response.on('end', () => {
    if (response.statusCode !== 200) throw new Error(`answered ${response.statusCode}`);
    console.log(JSON.stringify({ ms: performance.now() - began, MiB: bytes / 2 ** 20, firstMs }));
    process.exit(0);
  });
});
