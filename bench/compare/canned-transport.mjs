// A transport that answers a watch of pods from memory, so that what a change costs a client can be measured without a server.
import { kinds } from '../wire/objects.mjs';

const chunkBytes = 64 * 1024;

export class CannedTransport {
  #count;
  #version;
  #bursts = [];
  #wake = () => {};
  #ended = false;

  constructor(count) {
    this.#count = count;
    this.#version = count + 1;
  }

  /** Encodes a burst of changes, and returns the way to send it. */
  burst(changes) {
    const frames = Array.from({ length: changes }, (_, i) => frame('MODIFIED', i % this.#count, ++this.#version));
    const chunks = chunksOf(frames);
    return () => {
      this.#bursts.push(chunks);
      this.#wake();
    };
  }

  async send({ signal }) {
    signal?.addEventListener('abort', () => this.cancel(), { once: true });
    return { status: 200, headers: { 'content-type': 'application/json' }, body: this };
  }

  async consume(onChunk) {
    const frames = Array.from({ length: this.#count }, (_, i) => frame('ADDED', i, i + 1));
    const metadata = {
      resourceVersion: String(this.#count + 1),
      annotations: { 'k8s.io/initial-events-end': 'true' },
    };
    frames.push(
      Buffer.from(`${JSON.stringify({ type: 'BOOKMARK', object: { kind: 'Pod', apiVersion: 'v1', metadata } })}\n`),
    );
    this.#bursts.unshift(chunksOf(frames));
    while (!this.#ended) {
      for (const chunk of this.#bursts.shift() ?? []) {
        await onChunk(chunk);
        // As a socket, which gives the event loop a turn between chunks.
        await new Promise((resolve) => setImmediate(resolve));
      }
      if (this.#bursts.length > 0 || this.#ended) continue;
      await new Promise((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  cancel() {
    this.#ended = true;
    this.#wake();
  }

  async close() {
    this.cancel();
  }
}

function frame(type, i, version) {
  const pod = kinds.pod(i);
  const object = {
    apiVersion: 'v1',
    kind: 'Pod',
    ...pod,
    metadata: { ...pod.metadata, namespace: 'team', name: `web-${i}`, resourceVersion: String(version) },
  };
  return Buffer.from(`${JSON.stringify({ type, object })}\n`);
}

function chunksOf(frames) {
  const bytes = Buffer.concat(frames);
  const chunks = [];
  for (let at = 0; at < bytes.length; at += chunkBytes) chunks.push(bytes.subarray(at, at + chunkBytes));
  return chunks;
}
