import { join } from 'node:path';
import fc from 'fast-check';
import { inject } from 'vitest';

// Runs before each test file. No test may see the user's cluster, proxy or home folder.
process.env.HOME = inject('fakeHome');
process.env.KUBECONFIG = join(inject('fakeHome'), '.kube', 'config');
for (const name of Object.keys(process.env)) {
  if (/^(KUBERNETES_|(https?|no|all)_proxy$)/i.test(name)) delete process.env[name];
}

fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: inject('seed') });
