import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const report = 'console.log(JSON.stringify({ ms: performance.now(), bytes: process.memoryUsage.rss() }));\n';

const ours = {
  'import.mjs': `await import('keelson');\nawait import('keelson/k8s');\n${report}`,
  'get.mjs': `
    import { connect } from 'keelson';
    import { Pod } from 'keelson/k8s';
    const cluster = await connect();
    const pod = await cluster.resource(Pod).in('shop').get('web-0');
    if (pod.metadata.name !== 'web-0') throw new Error('the wrong answer');
    ${report}
    await cluster.close();
  `,
  'compile/program.ts': `import { connect } from 'keelson';
import { Deployment, Pod } from 'keelson/k8s';
const cluster = await connect();
const pod = await cluster.resource(Pod).in('shop').get('web-0');
const web = await cluster.resource(Deployment).in('shop').get('web');
const pods = await cluster.resource(Pod).in('shop').list({ labels: { app: 'web' } }).page();
console.log(pod.status?.phase, web.spec?.replicas);
for (const { metadata } of pods.items) console.log(metadata.name);
const image: string | undefined = web.spec?.template.spec?.containers[0]?.image;
console.log(image);
`,
};

const theirs = {
  'import.mjs': `await import('@kubernetes/client-node');\n${report}`,
  'get.mjs': `
    import { CoreV1Api, KubeConfig } from '@kubernetes/client-node';
    const config = new KubeConfig();
    config.loadFromDefault();
    const pod = await config.makeApiClient(CoreV1Api).readNamespacedPod({ namespace: 'shop', name: 'web-0' });
    if (pod.metadata.name !== 'web-0') throw new Error('the wrong answer');
    ${report}
    process.exit(0);
  `,
  'compile/program.ts': `import { AppsV1Api, CoreV1Api, KubeConfig, type V1Deployment, type V1Pod } from '@kubernetes/client-node';
const config = new KubeConfig();
config.loadFromDefault();
const pod: V1Pod = await config.makeApiClient(CoreV1Api).readNamespacedPod({ namespace: 'shop', name: 'web-0' });
const web: V1Deployment = await config.makeApiClient(AppsV1Api).readNamespacedDeployment({ namespace: 'shop', name: 'web' });
const pods = await config.makeApiClient(CoreV1Api).listNamespacedPod({ namespace: 'shop', labelSelector: 'app=web' });
console.log(pod.status?.phase, web.spec?.replicas);
for (const { metadata } of pods.items) console.log(metadata?.name);
const image: string | undefined = web.spec?.template.spec?.containers[0]?.image;
console.log(image);
`,
};

/** The usual settings of a new project; `skipLibCheck` because every template sets it. */
const tsconfig = {
  compilerOptions: {
    target: 'ES2022',
    lib: ['ES2022', 'ESNext.Disposable'],
    module: 'NodeNext',
    strict: true,
    skipLibCheck: true,
    noEmit: true,
    types: ['node'],
  },
  files: ['program.ts'],
};

/** Writes the programs to measure beside the packages they use. */
export async function write(folders) {
  for (const [folder, programs] of [
    [folders.ours, ours],
    [folders.theirs, theirs],
  ]) {
    await mkdir(join(folder, 'compile'), { recursive: true });
    for (const [name, text] of Object.entries(programs)) await writeFile(join(folder, name), text);
    await writeFile(join(folder, 'empty.mjs'), report);
    await writeFile(join(folder, 'compile', 'tsconfig.json'), JSON.stringify(tsconfig));
  }
}
