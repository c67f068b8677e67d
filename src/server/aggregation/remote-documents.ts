import type { IncomingMessage } from 'node:http';
import { fieldsOf, listOf, objectsOf, textOf } from '../../util/json-fields.js';
import { isObject, type JsonObject } from '../../util/json-value.js';
import type { ServerContext } from '../object/server-context.js';
import type { RemoteApi, RemoteDocuments } from './remote-api.js';
import type { RemoteConnections, RemoteRequest } from './remote-connections.js';

const aggregator = { username: 'system:kube-aggregator', groups: ['system:masters'] };
const aggregatedType = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
const timeoutMs = 5_000;

/** The longest document that is read, in bytes. */
const mostBytes = 16 * 1024 * 1024;

/** Sends a GET as the aggregator, and reads the whole response. */
export async function fetchDocument(
  server: ServerContext,
  connections: RemoteConnections,
  remote: RemoteApi,
  path: string,
  accept = 'application/json',
): Promise<{ readonly status: number; readonly type: string; readonly text: string }> {
  const abort = new AbortController();
  const timer = server.clock.setTimer(timeoutMs, () => abort.abort());
  const request: RemoteRequest = { method: 'GET', path, headers: { accept }, user: aggregator, signal: abort.signal };
  try {
    const response = await connections.send(remote, request);
    const text = await textOfResponse(response);
    return { status: response.statusCode ?? 0, type: response.headers['content-type'] ?? '', text };
  } finally {
    timer.cancel();
  }
}

async function textOfResponse(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > mostBytes) throw new Error(`the document is larger than ${mostBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

/** Fetches the discovery document of a remote API, and the URL of its OpenAPI document. */
export async function fetchDocuments(
  server: ServerContext,
  connections: RemoteConnections,
  remote: RemoteApi,
): Promise<RemoteDocuments> {
  const { group, version } = remote;
  const openApi = await fetchDocument(server, connections, remote, '/openapi/v3').catch(() => undefined);
  const paths = openApi?.status === 200 ? fieldsOf(fieldsOf(JSON.parse(openApi.text)).paths) : {};
  const openApiUrl = textOf(fieldsOf(paths[`apis/${group}/${version}`]).serverRelativeURL);
  const swagger = await fetchDocument(server, connections, remote, '/openapi/v2').catch(() => undefined);
  const resources = await fetchResources(server, connections, remote);
  return {
    discovery: { version, resources, freshness: 'Current' },
    openApiUrl: openApiUrl === '' ? undefined : openApiUrl,
    swagger: swagger?.status === 200 ? objectIn(swagger.text) : undefined,
  };
}

function objectIn(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

async function fetchResources(
  server: ServerContext,
  connections: RemoteConnections,
  remote: RemoteApi,
): Promise<JsonObject[]> {
  const { group, version } = remote;
  const all = await fetchDocument(server, connections, remote, '/apis', aggregatedType);
  if (all.status === 200 && all.type.includes('APIGroupDiscoveryList')) {
    const item = objectsOf(fieldsOf(JSON.parse(all.text)).items).find(
      ({ metadata }) => fieldsOf(metadata).name === group,
    );
    return objectsOf(objectsOf(item?.versions).find((one) => one.version === version)?.resources);
  }
  const path = `/apis/${group}/${version}`;
  const own = await fetchDocument(server, connections, remote, path);
  if (own.status !== 200) throw new Error(`cannot read ${path}: the server answered ${own.status}`);
  return discoveredResources(objectsOf(fieldsOf(JSON.parse(own.text)).resources));
}

/** Converts the resources of an APIResourceList to those of aggregated discovery. */
function discoveredResources(listed: readonly JsonObject[]): JsonObject[] {
  const kindOf = ({ group, version, kind }: JsonObject): JsonObject => ({
    group: textOf(group),
    version: textOf(version),
    kind: textOf(kind),
  });
  const isSubresource = ({ name }: JsonObject): boolean => textOf(name).includes('/');
  return listed
    .filter((one) => !isSubresource(one))
    .map((one) => {
      const prefix = `${textOf(one.name)}/`;
      const subresources = listed.filter(({ name }) => textOf(name).startsWith(prefix));
      return {
        resource: one.name,
        responseKind: kindOf(one),
        scope: one.namespaced === true ? 'Namespaced' : 'Cluster',
        singularResource: textOf(one.singularName),
        verbs: listOf(one.verbs),
        ...(one.shortNames === undefined ? {} : { shortNames: one.shortNames }),
        ...(one.categories === undefined ? {} : { categories: one.categories }),
        ...(subresources.length === 0
          ? {}
          : {
              subresources: subresources.map((sub) => ({
                subresource: textOf(sub.name).slice(prefix.length),
                responseKind: kindOf(sub),
                verbs: listOf(sub.verbs),
              })),
            }),
      } as JsonObject;
    });
}
