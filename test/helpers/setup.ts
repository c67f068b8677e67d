import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, afterEach, inject } from 'vitest';
import { leakedSecrets, watchSecrets } from './watch-secrets.js';

// Runs before each test file. No test may see the user's cluster, proxy or home folder.
process.env.HOME = inject('fakeHome');
process.env.KUBECONFIG = join(inject('fakeHome'), '.kube', 'config');
for (const name of Object.keys(process.env)) {
  if (/^(KUBERNETES_|(https?|no|all)_proxy$)/i.test(name)) delete process.env[name];
}

watchSecrets();
for (const after of [afterEach, afterAll]) {
  after(() => {
    const leaks = leakedSecrets();
    if (leaks.length > 0) throw new Error(leaks.slice(0, 5).join('\n'));
  });
}

fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: inject('seed') });
