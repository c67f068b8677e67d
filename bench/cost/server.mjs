// Answers every request with one pod, on a port of its own choosing, which it prints.
import { createServer } from 'node:http';

const pod = JSON.stringify({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name: 'web-0',
    namespace: 'shop',
    uid: '6f2c',
    resourceVersion: '1',
    creationTimestamp: '2026-01-01T00:00:00Z',
  },
  spec: { containers: [{ name: 'web', image: 'nginx' }] },
});

const server = createServer((_, response) => response.setHeader('content-type', 'application/json').end(pod));
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
