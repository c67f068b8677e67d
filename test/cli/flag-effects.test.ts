import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { run } from '../../src/cli/serve.js';
import { makeCertificate } from '../../src/x509/certificate.js';
import { etcdMissing, startEtcd } from '../helpers/etcd.js';
import { readRepoFile } from '../helpers/repo.js';
import { connectionFlags } from './connection-flags.js';
import { certificate, flagProofs } from './flag-proofs.js';

const proofs = flagProofs();
const { effect, elsewhere, file, serve, proved } = proofs;
const review = { method: 'POST', body: { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' } };
const whoAmI = '/apis/authentication.k8s.io/v1/selfsubjectreviews';
const configMaps = '/api/v1/namespaces/default/configmaps';
const pods = '/api/v1/namespaces/default/pods';
const pod = (name: string) => ({ metadata: { name }, spec: { containers: [{ name: 'c', image: 'i' }] } });

describe('the flags of the server that work', () => {
  connectionFlags(proofs);

  it('are the rows of the table, and each has a test here', () => {
    const rows = [...readRepoFile('docs/server.md').matchAll(/^\| `--([a-z0-9-]+)` +\| works +\|/gm)];
    expect([...proved].sort()).toEqual(rows.map(([, name]) => name).sort());
  });

  effect(['help'], 'prints the flags', async () => {
    const spy = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    expect(await run(['--help'])).toBe(0);
    expect(String(spy.mock.calls[0])).toContain('Usage: keelson serve');
    spy.mockRestore();
  });

  effect(['advertise-address', 'endpoint-reconciler-type'], 'decide about the endpoints of the service', async () => {
    const endpoints = '/api/v1/namespaces/default/endpoints/kubernetes';
    await serve(['--advertise-address=127.0.0.9'], async ({ admin }) => {
      const published = await vi.waitUntil(async () => {
        const answer = await admin(endpoints);
        return answer.status === 200 ? answer : undefined;
      });
      expect(JSON.stringify(published.body)).toContain('"ip":"127.0.0.9"');
    });
    await serve(['--endpoint-reconciler-type=none'], async ({ admin }) =>
      expect((await admin(endpoints)).status).toBe(404),
    );
    await expect(run(['--endpoint-reconciler-type=master-count'])).rejects.toThrow('is not lease or none');
    await expect(run(['--advertise-address=here'])).rejects.toThrow('is not an IP address');
  });

  effect(['feature-gates'], 'turns a feature off', async () => {
    const path = `${configMaps}?shardSelector=nonsense`;
    await serve([], async ({ admin }) => expect((await admin(path)).status).not.toBe(200));
    await serve(['--feature-gates=ShardedListAndWatch=false'], async ({ admin }) =>
      expect((await admin(path)).status).toBe(200),
    );
  });

  effect(['max-requests-inflight', 'max-mutating-requests-inflight'], 'share out seats', async () => {
    const seats = async (reading: number, mutating: number): Promise<string | undefined> => {
      let found: string | undefined;
      const flags = [`--max-requests-inflight=${reading}`, `--max-mutating-requests-inflight=${mutating}`];
      await serve(flags, async ({ admin }) => {
        const metrics: string = (await admin('/metrics')).body;
        found = /nominal_limit_seats\{priority_level="workload-low"\} (\d+)/.exec(metrics)?.[1];
      });
      return found;
    };
    expect([await seats(30, 15), await seats(60, 15), await seats(30, 45)]).toEqual(['19', '31', '31']);
  });

  effect(['enable-priority-and-fairness'], 'names no FlowSchema when it is off', async () => {
    const header = 'x-kubernetes-pf-flowschema-uid';
    await serve([], async ({ admin }) => expect((await admin('/api')).headers.has(header)).toBe(true));
    await serve(['--enable-priority-and-fairness=false'], async ({ admin }) =>
      expect((await admin('/api')).headers.has(header)).toBe(false),
    );
  });

  effect(
    ['etcd-servers', 'etcd-prefix'],
    'keep objects in etcd, under the prefix',
    async () => {
      const etcd = await startEtcd();
      try {
        const flags = (prefix: string) => [`--etcd-servers=${etcd.url}`, `--etcd-prefix=${prefix}`];
        const object = { method: 'POST', body: { metadata: { name: 'kept' } } };
        await serve(flags('/one'), async ({ admin }) => expect((await admin(configMaps, object)).status).toBe(201));
        await serve(flags('/one'), async ({ admin }) => expect((await admin(`${configMaps}/kept`)).status).toBe(200));
        await serve(flags('/two'), async ({ admin }) => expect((await admin(`${configMaps}/kept`)).status).toBe(404));
      } finally {
        await etcd.stop();
      }
    },
    etcdMissing,
  );

  effect(
    ['encryption-provider-config', 'encryption-provider-config-automatic-reload'],
    'encrypt objects where they are kept',
    async () => {
      const key = (name: string) => `aescbc: {keys: [{name: ${name}, secret: MDEyMzQ1Njc4OWFiY2RlZg==}]}`;
      const rule = `resources: [{resources: [configmaps], providers: [{${key('one')}}]}]\n`;
      const head = 'kind: EncryptionConfiguration\napiVersion: apiserver.config.k8s.io/v1\n';
      const path = await proofs.file('encryption.yaml', head + rule);
      const data = join(proofs.folder(), 'encrypted');
      const flags = [`--data-dir=${data}`, `--encryption-provider-config=${path}`];
      await serve([...flags, '--encryption-provider-config-automatic-reload'], async ({ admin }) => {
        const body = { metadata: { name: 'kept' }, data: { a: 'in-the-open' } };
        expect((await admin(configMaps, { method: 'POST', body })).status).toBe(201);
      });
      const [log = ''] = (await readdir(data)).filter((name) => name.endsWith('.log'));
      const text = await readFile(join(data, log), 'latin1');
      expect(text).toContain('k8s:enc:aescbc:v1:one:');
      expect(text).not.toContain('in-the-open');
      await expect(serve([`--encryption-provider-config=${path}`], async () => {})).rejects.toThrow('--data-dir');
      const reload = '--encryption-provider-config-automatic-reload';
      await expect(serve([reload], async () => {})).rejects.toThrow('has no effect without');
    },
  );

  effect(['etcd-compaction-interval'], 'forgets old versions', async () => {
    await serve(['--etcd-compaction-interval=50ms'], async ({ admin }) => {
      const { body } = await admin(configMaps);
      const watch = `${configMaps}?watch=1&timeoutSeconds=1&resourceVersion=${body.metadata.resourceVersion}`;
      let written = 0;
      await expect
        .poll(
          async () => {
            await admin(configMaps, { method: 'POST', body: { metadata: { name: `c-${written++}` } } });
            const { status, body: first } = await admin(`${watch}&fieldSelector=metadata.name=none`);
            return status === 410 || first.object?.code === 410;
          },
          { timeout: 10_000 },
        )
        .toBe(true);
    });
  });

  effect(['bind-address', 'secure-port'], 'say where the secure port is', async () => {
    await serve(['--bind-address=127.0.0.2'], async ({ secureUrl, secure }) => {
      expect(secureUrl).toMatch(/^https:\/\/127\.0\.0\.2:\d+$/);
      expect((await secure('/livez')).status).toBe(200);
    });
  });

  effect(['tls-cert-file', 'tls-private-key-file'], 'are what clients see', async () => {
    const hosts = ['127.0.0.1'];
    const pair = makeCertificate({ commonName: 'own', use: 'server', hosts, now: Date.now(), serial: randomBytes(8) });
    const flags = [
      `--tls-cert-file=${await file('tls.pem', pair.certificate)}`,
      `--tls-private-key-file=${await file('tls.key', pair.privateKey)}`,
    ];
    await serve(flags, async ({ secure }) => {
      // The kubeconfig trusts this certificate alone.
      await expect(secure('/livez')).resolves.toMatchObject({ status: 200 });
    });
  });

  elsewhere(
    ['audit-log-path', 'audit-policy-file', 'audit-log-format'],
    'test/cli/serve.test.ts',
    'writes legacy audit lines to the standard output',
  );

  effect(['audit-log-maxsize', 'audit-log-maxbackup', 'audit-log-maxage'], 'rotate the file', async () => {
    const policy = await file(
      'policy.json',
      '{"apiVersion":"audit.k8s.io/v1","kind":"Policy","rules":[{"level":"Request"}]}',
    );
    const logs = join(proofs.folder(), 'logs');
    const rotated = async (...flags: string[]): Promise<string[]> => {
      const path = join(logs, 'audit.log');
      await serve(['--audit-policy-file', policy, '--audit-log-path', path, ...flags], async ({ admin }) => {
        const data = { text: 'x'.repeat(600_000) };
        for (let sent = 0; sent < 4; sent++)
          await admin(configMaps, { method: 'POST', body: { metadata: { generateName: 'c-' }, data } });
      });
      const names = (await readdir(logs)).filter((name) => name !== 'audit.log').sort();
      return names;
    };
    expect(await rotated()).toEqual([]);
    await rm(logs, { recursive: true });
    expect((await rotated('--audit-log-maxsize=1')).length).toBeGreaterThan(1);
    const old = 'audit-2020-01-02T03-04-05.678.log';
    await writeFile(join(logs, old), '');
    expect(await rotated('--audit-log-maxsize=1', '--audit-log-maxage=1')).not.toContain(old);
    expect((await rotated('--audit-log-maxsize=1', '--audit-log-maxbackup=1')).length).toBe(1);
  });

  effect(['anonymous-auth'], 'refuses requests without credentials', async () => {
    await serve([], async ({ secure }) => expect((await secure(configMaps)).status).toBe(403));
    await serve(['--anonymous-auth=false'], async ({ secure }) => expect((await secure(configMaps)).status).toBe(401));
  });

  effect(['token-auth-file', 'client-ca-file'], 'name users', async () => {
    const ca = certificate('ca', 'ca');
    const { certificate: cert, privateKey: key } = certificate('jane', 'client', ca);
    const flags = [
      `--token-auth-file=${await file('tokens.csv', 'a-token-of-joe,joe,1,"ops"\n')}`,
      `--client-ca-file=${await file('client-ca.pem', ca.certificate)}`,
    ];
    await serve(flags, async ({ secure }) => {
      const joe = await secure(whoAmI, { ...review, token: 'a-token-of-joe' });
      expect(joe.body.status.userInfo).toMatchObject({ username: 'joe', groups: expect.arrayContaining(['ops']) });
      const jane = await secure(whoAmI, { ...review, cert, key });
      expect(jane.body.status.userInfo).toMatchObject({ username: 'jane', groups: expect.arrayContaining(['devs']) });
    });
  });

  effect(
    [
      ...['requestheader-client-ca-file', 'requestheader-allowed-names', 'requestheader-username-headers'],
      ...['requestheader-uid-headers', 'requestheader-group-headers', 'requestheader-extra-headers-prefix'],
    ],
    'take users from headers',
    async () => {
      const ca = certificate('proxy-ca', 'ca');
      const pairs = ['front', 'other'].map((name) => certificate(name, 'client', ca));
      const [front, other] = pairs.map(({ certificate: cert, privateKey: key }) => ({ cert, key }));
      const flags = [
        `--requestheader-client-ca-file=${await file('proxy-ca.pem', ca.certificate)}`,
        ...['allowed-names=front', 'username-headers=x-user', 'uid-headers=x-uid', 'group-headers=x-group'].map(
          (flag) => `--requestheader-${flag}`,
        ),
        '--requestheader-extra-headers-prefix=x-more-',
      ];
      await serve(flags, async ({ secure }) => {
        const headers = { 'x-user': 'jane', 'x-uid': '7', 'x-group': 'ops', 'x-more-team': 'a' };
        const { body } = await secure(whoAmI, { ...review, ...front, headers });
        expect(body.status.userInfo).toMatchObject({ username: 'jane', uid: '7', extra: { team: ['a'] } });
        expect(body.status.userInfo.groups).toContain('ops');
        expect((await secure(whoAmI, { ...review, ...other, headers })).status).not.toBe(201);
      });
    },
  );

  elsewhere(
    [
      ...['oidc-issuer-url', 'oidc-client-id', 'oidc-ca-file', 'oidc-username-claim', 'oidc-username-prefix'],
      ...['oidc-groups-claim', 'oidc-groups-prefix', 'oidc-required-claim', 'oidc-signing-algs'],
    ],
    'test/server/authentication-config.test.ts',
    'let the users of the issuer in, beside those with other tokens',
  );

  effect(['authentication-config'], 'lets anonymous users in on its paths alone', async () => {
    const configuration = {
      apiVersion: 'apiserver.config.k8s.io/v1',
      kind: 'AuthenticationConfiguration',
      anonymous: { enabled: true, conditions: [{ path: '/livez' }] },
    };
    const path = await file('authentication.json', JSON.stringify(configuration));
    await serve([`--authentication-config=${path}`], async ({ secure }) => {
      expect([(await secure('/livez')).status, (await secure('/readyz')).status]).toEqual([200, 401]);
    });
  });

  effect(
    [
      ...['service-account-issuer', 'service-account-signing-key-file', 'service-account-key-file', 'api-audiences'],
      ...['service-account-jwks-uri', 'service-account-max-token-expiration'],
    ],
    'decide which tokens are made and believed',
    async () => {
      const keys = [1, 2].map(() => generateKeyPairSync('rsa', { modulusLength: 2_048 }));
      const [own, other] = await Promise.all(
        keys.map(({ privateKey }, at) =>
          file(`sa-${at}.key`, privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()),
        ),
      );
      const common = ['--service-account-issuer=https://issuer.test', '--api-audiences=custom'];
      const data = `--data-dir=${join(proofs.folder(), 'data')}`;
      const flags = [
        ...[...common, data, `--service-account-signing-key-file=${own}`, `--service-account-key-file=${own}`],
        ...['--service-account-jwks-uri=https://issuer.test/keys', '--service-account-max-token-expiration=1h'],
      ];
      let token = '';
      await serve(flags, async ({ admin, secure }) => {
        const spec = { expirationSeconds: 86_400 };
        const path = '/api/v1/namespaces/default/serviceaccounts/default/token';
        await expect.poll(async () => (await admin(path.replace('/token', ''))).status).toBe(200);
        const { body } = await admin(path, { method: 'POST', body: { spec } });
        token = body.status.token;
        const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
        expect(claims).toMatchObject({ iss: 'https://issuer.test', aud: ['custom'] });
        expect(claims.exp - claims.iat).toBe(3_600);
        expect((await secure(whoAmI, { ...review, token })).status).toBe(201);
        const discovered = (await admin('/.well-known/openid-configuration')).body;
        expect(discovered).toMatchObject({ issuer: 'https://issuer.test', jwks_uri: 'https://issuer.test/keys' });
      });
      // A server with another key believes the token if it is given the first one.
      const statusWith = async (...more: string[]): Promise<number> => {
        let found = 0;
        await serve([...common, data, `--service-account-signing-key-file=${other}`, ...more], async ({ secure }) => {
          found = (await secure(whoAmI, { ...review, token })).status;
        });
        return found;
      };
      expect(await statusWith()).toBe(401);
      expect(await statusWith(`--service-account-key-file=${own}`)).toBe(201);
    },
  );

  effect(['authorization-mode', 'authorization-policy-file'], 'decide what users may do', async () => {
    const tokens = `--token-auth-file=${await file('abac.csv', 'a-token-of-joe,joe,1\n')}`;
    const policy = { user: 'joe', namespace: 'default', resource: 'configmaps', readonly: true };
    const line = JSON.stringify({
      apiVersion: 'abac.authorization.kubernetes.io/v1beta1',
      kind: 'Policy',
      spec: policy,
    });
    const statuses = async (...flags: string[]): Promise<number[]> => {
      const found: number[] = [];
      await serve([tokens, ...flags], async ({ secure }) => {
        for (const path of [configMaps, pods]) found.push((await secure(path, { token: 'a-token-of-joe' })).status);
      });
      return found;
    };
    expect(await statuses()).toEqual([403, 403]);
    expect(await statuses('--authorization-mode=AlwaysAllow')).toEqual([200, 200]);
    await serve(['--authorization-mode=RBAC,AlwaysAllow'], async ({ secure }) => {
      const headers = { authorization: `Basic ${Buffer.from('some:one').toString('base64')}` };
      expect([(await secure(configMaps)).status, (await secure(configMaps, { headers })).status]).toEqual([401, 401]);
    });
    const abac = `--authorization-policy-file=${await file('policy.jsonl', line)}`;
    expect(await statuses('--authorization-mode=ABAC', abac)).toEqual([200, 403]);
  });

  effect(['runtime-config'], 'turns an API off', async () => {
    await serve(['--runtime-config=batch/v1=false'], async ({ admin }) =>
      expect((await admin('/apis/batch/v1')).status).toBe(404),
    );
  });

  effect(['enable-admission-plugins', 'disable-admission-plugins'], 'choose plugins', async () => {
    await serve(
      ['--enable-admission-plugins=AlwaysPullImages', '--disable-admission-plugins=ServiceAccount'],
      async ({ admin }) => {
        const { body } = await admin(pods, { method: 'POST', body: pod('a') });
        expect(body.spec.containers[0].imagePullPolicy).toBe('Always');
        expect(body.spec.serviceAccountName).toBeUndefined();
      },
    );
  });

  effect(['admission-control-config-file'], 'configures plugins', async () => {
    const path = await file(
      'admission.json',
      JSON.stringify({
        apiVersion: 'apiserver.config.k8s.io/v1',
        kind: 'AdmissionConfiguration',
        plugins: [
          {
            name: 'PodNodeSelector',
            configuration: { podNodeSelectorPluginConfig: { clusterDefaultNodeSelector: 'disk=ssd' } },
          },
        ],
      }),
    );
    const flags = [`--admission-control-config-file=${path}`, '--enable-admission-plugins=PodNodeSelector'];
    await serve([...flags, '--disable-admission-plugins=ServiceAccount'], async ({ admin }) => {
      const { body } = await admin(pods, { method: 'POST', body: pod('a') });
      expect(body.spec.nodeSelector).toEqual({ disk: 'ssd' });
    });
  });

  effect(['event-ttl'], 'removes events', async () => {
    await serve(['--event-ttl=100ms'], async ({ admin }) => {
      const events = '/api/v1/namespaces/default/events';
      const involvedObject = { kind: 'Pod', namespace: 'default', name: 'a' };
      const made = await admin(events, { method: 'POST', body: { metadata: { name: 'e' }, involvedObject } });
      expect(made.status).toBe(201);
      await expect.poll(async () => (await admin(`${events}/e`)).status, { timeout: 10_000 }).toBe(404);
    });
  });

  effect(['service-cluster-ip-range', 'service-node-port-range'], 'are where services get addresses', async () => {
    await serve(
      ['--service-cluster-ip-range=10.7.0.0/24', '--service-node-port-range=20000-20010'],
      async ({ admin }) => {
        const spec = { type: 'NodePort', ports: [{ port: 80 }] };
        const made = { metadata: { name: 'a' }, spec };
        const { body } = await admin('/api/v1/namespaces/default/services', { method: 'POST', body: made });
        expect(body.spec.clusterIP).toMatch(/^10\.7\.0\./);
        expect(String(body.spec.ports[0].nodePort)).toMatch(/^200(0\d|10)$/);
      },
    );
  });
});

describe('flags that have no effect without another one', () => {
  it.each([
    [['--insecure-port=0', '--bind-address=127.0.0.1'], '--bind-address has no effect without --secure-port'],
    [['--insecure-port=0', '--anonymous-auth=false'], '--anonymous-auth has no effect without --secure-port'],
    [
      ['--secure-port=0', '--insecure-bind-address=127.0.0.1'],
      '--insecure-bind-address has no effect without --insecure-port',
    ],
    [
      ['--secure-port=0', '--authorization-mode=AlwaysAllow', '--anonymous-auth=true'],
      '--anonymous-auth=true has no effect with --authorization-mode=AlwaysAllow',
    ],
    [['--insecure-port=0', '--audit-log-maxage=1'], '--audit-log-maxage has no effect without --audit-log-path'],
  ])('warn: %j', async (flags, warning) => {
    const warnings = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    const output = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    const ended = run([...flags, '--kubeconfig-out', join(proofs.folder(), 'warned')]);
    await expect.poll(() => output.mock.calls.length).toBe(1);
    process.emit('SIGTERM');
    await ended;
    expect(warnings.mock.calls).toEqual([[`Warning: ${warning}\n`]]);
    vi.restoreAllMocks();
  });
});
