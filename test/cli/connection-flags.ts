import { createServer as createTlsServer } from 'node:https';
import { createServer as createTcpServer } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { expect } from 'vitest';
import { run } from '../../src/cli/serve.js';
import { localCertificate } from '../../src/testing/local-certificate.js';
import type { Answer } from '../server/client.js';
import { certificate, type FlagProofs, listening } from './flag-proofs.js';

const pods = '/api/v1/namespaces/default/pods';

/** Shows the effects of flags for connections that the server makes. */
export function connectionFlags({ effect, file, serve }: FlagProofs): void {
  effect(['etcd-cafile', 'etcd-certfile', 'etcd-keyfile'], 'are used for the connection to etcd', async () => {
    const client = certificate('etcd-client', 'client');
    const pair = localCertificate();
    const shown: string[] = [];
    const handshakes = createTlsServer({
      ...pair,
      requestCert: true,
      rejectUnauthorized: false,
      ALPNProtocols: ['h2'],
    });
    handshakes.on('secureConnection', (socket: TLSSocket) => {
      shown.push(String(socket.getPeerCertificate().subject?.CN));
      socket.destroy();
    });
    const url = `https://127.0.0.1:${await listening(handshakes)}`;
    const flags = [
      `--etcd-cafile=${await file('etcd-ca.pem', pair.ca)}`,
      `--etcd-certfile=${await file('etcd.pem', client.certificate)}`,
      `--etcd-keyfile=${await file('etcd.key', client.privateKey)}`,
    ];
    await expect(run(['--insecure-port=0', `--etcd-servers=${url}`, ...flags])).rejects.toThrow();
    expect(shown[0]).toBe('etcd-client');
    handshakes.close();
  });

  effect(
    [
      ...['kubelet-client-certificate', 'kubelet-client-key', 'kubelet-certificate-authority'],
      ...['kubelet-preferred-address-types', 'kubelet-timeout'],
    ],
    'are used for connections to kubelets',
    async () => {
      const pair = localCertificate(['127.0.0.1']);
      const client = certificate('the-server', 'client');
      const shown: string[] = [];
      const kubelet = createTlsServer(
        { ...pair, requestCert: true, rejectUnauthorized: false },
        (request, response) => {
          shown.push(String((request.socket as TLSSocket).getPeerCertificate().subject?.CN));
          response.end('a log');
        },
      );
      const port = await listening(kubelet);
      const silent = createTcpServer();
      const silentPort = await listening(silent);
      const flags = [
        `--kubelet-client-certificate=${await file('kubelet.pem', client.certificate)}`,
        `--kubelet-client-key=${await file('kubelet.key', client.privateKey)}`,
        ...['--kubelet-preferred-address-types=ExternalIP', '--kubelet-timeout=300ms'],
        '--disable-admission-plugins=ServiceAccount',
      ];
      const logOf = async (kubeletPort: number, ...more: string[]): Promise<Answer> => {
        let found: Answer;
        await serve([...flags, ...more], async ({ admin }) => {
          const node = { metadata: { name: 'n' } };
          await admin('/api/v1/nodes', { method: 'POST', body: node });
          const addresses = [
            { type: 'InternalIP', address: '127.0.0.9' },
            { type: 'ExternalIP', address: '127.0.0.1' },
          ];
          const status = { addresses, daemonEndpoints: { kubeletEndpoint: { Port: kubeletPort } } };
          await admin('/api/v1/nodes/n/status', {
            method: 'PATCH',
            body: { status },
            headers: { 'content-type': 'application/merge-patch+json' },
          });
          const spec = { containers: [{ name: 'c', image: 'i' }] };
          await admin(pods, { method: 'POST', body: { metadata: { name: 'a' }, spec: { ...spec, nodeName: 'n' } } });
          found = (await admin(`${pods}/a/log`)).body;
        });
        return found;
      };
      const authority = `--kubelet-certificate-authority=${await file('kubelet-ca.pem', pair.ca)}`;
      expect(await logOf(port, authority)).toBe('a log');
      expect(shown).toEqual(['the-server']);
      const stranger = `--kubelet-certificate-authority=${await file('stranger.pem', localCertificate().ca)}`;
      expect(JSON.stringify(await logOf(port, stranger))).toMatch(/certificate/);
      expect(JSON.stringify(await logOf(silentPort, authority))).toMatch(/timeout|timed out/i);
      kubelet.close();
      silent.close();
    },
  );

  effect(['proxy-client-cert-file', 'proxy-client-key-file'], 'are shown to aggregated APIs', async () => {
    const pair = localCertificate(['localhost', 'api.default.svc']);
    const client = certificate('aggregator', 'client');
    const shown = new Set<string>();
    const remote = createTlsServer({ ...pair, requestCert: true, rejectUnauthorized: false }, (request, response) => {
      shown.add(String((request.socket as TLSSocket).getPeerCertificate().subject?.CN));
      response.setHeader('content-type', 'application/json');
      response.end('{"kind":"APIResourceList","groupVersion":"remote.test/v1","resources":[]}');
    });
    const port = await listening(remote);
    const flags = [
      `--proxy-client-cert-file=${await file('proxy.pem', client.certificate)}`,
      `--proxy-client-key-file=${await file('proxy.key', client.privateKey)}`,
    ];
    await serve(flags, async ({ admin }) => {
      const service = { type: 'ExternalName', externalName: 'localhost', ports: [{ port }] };
      const made = { metadata: { name: 'api' }, spec: service };
      await admin('/api/v1/namespaces/default/services', { method: 'POST', body: made });
      const spec = {
        group: 'remote.test',
        version: 'v1',
        groupPriorityMinimum: 100,
        versionPriority: 10,
        caBundle: Buffer.from(pair.ca).toString('base64'),
        service: { namespace: 'default', name: 'api', port },
      };
      const object = { metadata: { name: 'v1.remote.test' }, spec };
      await admin('/apis/apiregistration.k8s.io/v1/apiservices', { method: 'POST', body: object });
      await expect.poll(async () => (await admin('/apis/remote.test/v1')).status, { timeout: 10_000 }).toBe(200);
      expect([...shown]).toEqual(['aggregator']);
    });
    remote.close();
  });
}
