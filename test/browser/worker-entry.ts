// The worker of page.test.ts, which bundles it.
import { connectGateway } from 'keelson/browser';
import { Pod } from 'keelson/k8s/core/v1';

const worker = globalThis as unknown as { postMessage(message: string): void };
const pods = connectGateway({ url: '/live' }).live(Pod);
pods.subscribe(({ status, total }) => worker.postMessage(`${status} ${total}`));
