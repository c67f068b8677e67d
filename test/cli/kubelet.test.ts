import { describe, expect, it } from 'vitest';
import { run } from '../../src/cli/kubelet.js';
import { UsageError } from '../../src/cli/usage-error.js';

describe('keelson kubelet', () => {
  it.each([
    [['--nonsense'], "there is no flag or argument '--nonsense'"],
    [['--pod-manifest-path=/etc'], 'cannot use --pod-manifest-path: static pods are not supported. Leave it out.'],
    [['--port=70000'], "--port takes a port from 0 to 65535, not '70000'"],
    [['--authorization-mode=RBAC'], "--authorization-mode takes Webhook or AlwaysAllow, not 'RBAC'"],
    [['--register-with-taints=a'], "--register-with-taints takes KEY=VALUE:EFFECT, not 'a'"],
    [['--node-labels=a'], "--node-labels takes KEY=VALUE, not 'a'"],
    [['--runtime=docker'], "--runtime takes process or function, not 'docker'"],
    [['--container-log-max-size=big'], "--container-log-max-size takes a size such as 10Mi, not 'big'"],
    [['--tls-cert-file=x'], '--tls-cert-file and --tls-private-key-file belong together. Give both or neither.'],
  ])('refuses %j', async (args, message) => {
    const failed = await run(args).catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(UsageError);
    expect(failed).toHaveProperty('message', message);
  });
});
