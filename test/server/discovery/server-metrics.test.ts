import { expect, it } from 'vitest';
import { bytesOf, TestServer } from '../client.js';

it('counts what was asked and answered, and what is kept, under the names of kube-apiserver', async () => {
  const server = new TestServer();
  const maps = '/api/v1/namespaces/default/configmaps';
  await server.ask('POST', maps, { metadata: { name: 'a' } });
  await server.ask('POST', maps, { metadata: { name: 'a' } });
  await server.ask('GET', `/apis/nix.example.com/v1/things`);
  const response = await server.raw('GET', '/metrics');
  const text = new TextDecoder().decode(await bytesOf(response));
  expect(response.headers['content-type']).toContain('text/plain');
  const labels = (code: number) =>
    `code="${code}",group="",resource="configmaps",subresource="",verb="CREATE",version="v1"`;
  expect(text).toContain(`\napiserver_request_total{${labels(201)}} 1\n`);
  expect(text).toContain(`\napiserver_request_total{${labels(409)}} 1\n`);
  expect(text).toContain('\napiserver_storage_objects{resource="configmaps"} 1\n');
  expect(text).not.toContain('nix');
});

it('has the service of its own that every cluster has', async () => {
  const { body } = await new TestServer().ask('GET', '/api/v1/namespaces/default/services/kubernetes');
  expect(body.spec).toMatchObject({ clusterIP: '10.0.0.1', ports: [{ name: 'https', port: 443 }] });
});
