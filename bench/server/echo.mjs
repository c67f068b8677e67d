// The floor of every write: an HTTPS server that reads a body and sends it back with 201, and does nothing else.
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:https';
import { makeCertificate } from '../../dist/src/x509/certificate.js';

const { certificate, privateKey } = makeCertificate({
  commonName: 'echo',
  use: 'server',
  hosts: ['127.0.0.1'],
  now: Date.now(),
  serial: randomBytes(8),
});
const server = createServer({ cert: certificate, key: privateKey }, (request, response) => {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    const body = Buffer.concat(chunks);
    response.writeHead(201, { 'content-type': 'application/json', 'content-length': body.length });
    response.end(body);
  });
});
server.listen(0, '127.0.0.1', () => console.log(`https://127.0.0.1:${server.address().port}`));
process.on('SIGTERM', () => process.exit(0));
