// A synthetic API server: pods that change, and everybody may do everything. usage: node upstream.mjs PODS UPDATES-A-SECOND
import { createServer } from 'node:http';

const [, , pods, updatesASecond] = process.argv;
const STEP_MS = 10;
const phases = ['Pending', 'Running', 'Succeeded', 'Failed'];
const objects = Array.from({ length: Number(pods) }, (_, at) => pod(at));
const watches = new Set();
let revision = objects.length;
let watched = 0;
let sent = 0;

const server = createServer((request, response) => {
  const url = new URL(request.url, 'http://localhost');
  request.resume();
  response.setHeader('content-type', 'application/json');
  if (request.method === 'POST' && url.pathname.endsWith('/selfsubjectaccessreviews')) {
    const review = { kind: 'SelfSubjectAccessReview', apiVersion: 'authorization.k8s.io/v1', metadata: {} };
    response.statusCode = 201;
    response.end(JSON.stringify({ ...review, spec: {}, status: { allowed: true } }));
  } else if (url.pathname !== '/api/v1/pods') {
    response.statusCode = 404;
    response.end(
      JSON.stringify({ kind: 'Status', apiVersion: 'v1', status: 'Failure', code: 404, reason: 'NotFound' }),
    );
  } else if (url.searchParams.get('watch') === 'true') {
    watched++;
    if (url.searchParams.get('sendInitialEvents') === 'true') {
      for (const object of objects) response.write(frame('ADDED', object));
      const annotations = { 'k8s.io/initial-events-end': 'true' };
      const metadata = { resourceVersion: String(revision), annotations };
      response.write(frame('BOOKMARK', { kind: 'Pod', apiVersion: 'v1', metadata }));
    }
    watches.add(response);
    response.once('close', () => watches.delete(response));
  } else {
    const metadata = { resourceVersion: String(revision) };
    response.end(JSON.stringify({ kind: 'PodList', apiVersion: 'v1', metadata, items: objects }));
  }
});
server.listen(0, '127.0.0.1', () => process.send({ url: `http://127.0.0.1:${server.address().port}` }));

// What is due is counted from the beginning, so that a late timer loses nothing.
const begun = performance.now();
let due = 0;
setInterval(() => {
  const wanted = Math.floor(((performance.now() - begun) / 1000) * Number(updatesASecond));
  let text = '';
  for (; due < wanted; due++) {
    const object = objects[Math.floor(Math.random() * objects.length)];
    object.metadata.resourceVersion = String(++revision);
    object.metadata.annotations.sent = String(Date.now());
    if (Math.random() < 0.3) object.status.phase = phases[Math.floor(Math.random() * phases.length)];
    text += frame('MODIFIED', object);
    sent++;
  }
  if (text !== '') for (const watch of watches) watch.write(text);
}, STEP_MS);

process.on('message', () =>
  process.send({ watches: watched, 'updates/s': Math.round((sent / (performance.now() - begun)) * 1000) }),
);

function frame(type, object) {
  return `${JSON.stringify({ type, object })}\n`;
}

/** A pod of about 3 kB. */
function pod(at) {
  const name = `pod-${String(at).padStart(6, '0')}`;
  const env = Array.from({ length: 12 }, (_, number) => ({
    name: `VARIABLE_${number}`,
    value: `value ${number} of ${name}`,
  }));
  const conditions = ['Initialized', 'Ready', 'ContainersReady', 'PodScheduled'].map((type) => ({
    ...{ type, status: 'True', lastProbeTime: null, lastTransitionTime: '2026-12-01T00:00:00Z' },
  }));
  return {
    kind: 'Pod',
    apiVersion: 'v1',
    metadata: {
      name,
      namespace: `ns-${at % 20}`,
      uid: `00000000-0000-0000-0000-${String(at).padStart(12, '0')}`,
      resourceVersion: String(at + 1),
      creationTimestamp: new Date(1_750_000_000_000 + at * 1000).toISOString().replace('.000', ''),
      labels: { app: `app-${at % 10}`, tier: at % 3 === 0 ? 'front' : 'back', 'pod-template-hash': 'abcdef' },
      annotations: { sent: '0' },
    },
    spec: {
      nodeName: `node-${at % 200}`,
      containers: [
        {
          name: 'app',
          image: 'registry.example/app:1.2.3',
          env,
          resources: { requests: { cpu: '100m', memory: '128Mi' } },
          volumeMounts: [{ name: 'token', mountPath: '/var/run/secrets/kubernetes.io/serviceaccount', readOnly: true }],
        },
      ],
      restartPolicy: 'Always',
      tolerations: [
        { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 },
      ],
    },
    status: {
      phase: 'Running',
      conditions,
      hostIP: '10.0.0.1',
      podIP: `10.1.${at >> 8}.${at & 255}`,
      qosClass: 'Burstable',
    },
  };
}
