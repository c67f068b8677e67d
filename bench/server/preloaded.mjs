// A server with so many objects in its store from the start: preloaded.mjs KIND COUNT. Prints its URL, then that of its TLS port.
// One object is made through the API; the others are its bytes under other names, as the store would hold them.
import { randomBytes } from 'node:crypto';
import { listen } from '../../dist/src/server/listener.js';
import { makeCertificate } from '../../dist/src/x509/certificate.js';
import { preloaded } from './preload.mjs';

const [kind, count] = process.argv.slice(2);
const api = await preloaded(kind, Number(count));
const { certificate, privateKey } = makeCertificate({
  commonName: 'preloaded',
  use: 'server',
  hosts: ['127.0.0.1'],
  now: Date.now(),
  serial: randomBytes(8),
});
const plain = await listen(api);
const secure = await listen(api, { tls: { certificate, key: privateKey } });
console.log(JSON.stringify({ plain: plain.url, secure: secure.url }));
process.on('SIGTERM', () => process.exit(0));
