import { type RequestOptions, request } from 'node:https';

/** Sends reviews as kube-apiserver does: POST over TLS that it verifies, JSON, the timeout in the query. */
export class ReviewingServer {
  constructor(
    readonly url: string,
    readonly ca: string,
    readonly servername = 'localhost',
  ) {}

  async post(
    path: string,
    body: unknown,
    options: RequestOptions = {},
  ): Promise<{ readonly status: number; readonly text: string; readonly json: Record<string, unknown> }> {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const { status, text: answer } = await this.send(path, { method: 'POST', ...options }, text);
    return { status, text: answer, json: answer.startsWith('{') ? JSON.parse(answer) : {} };
  }

  get(path: string): Promise<{ readonly status: number; readonly text: string }> {
    return this.send(path, { method: 'GET' });
  }

  /** Returns the serial number of the certificate that the server presents. */
  async serial(): Promise<string> {
    return (await this.send('/healthz', { method: 'GET' })).serial;
  }

  send(
    path: string,
    options: RequestOptions,
    body?: string,
  ): Promise<{ readonly status: number; readonly text: string; readonly serial: string }> {
    return new Promise((resolve, reject) => {
      const sent = request(
        new URL(path, this.url),
        {
          ca: this.ca,
          agent: false,
          ...options,
          headers: {
            accept: 'application/json, */*',
            ...(body && { 'content-type': 'application/json' }),
            ...options.headers,
          },
        },
        (response) => {
          const socket = response.socket as import('node:tls').TLSSocket;
          const { serialNumber: serial } = socket.getPeerCertificate();
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('error', reject);
          response.on('end', () =>
            resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString(), serial }),
          );
        },
      );
      sent.on('error', reject);
      sent.end(body);
    });
  }
}

/** An AdmissionReview as kube-apiserver writes it. */
export function review(request: Record<string, unknown>): Record<string, unknown> {
  return {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: {
      uid: '705ab4f5-6393-11e8-b7cc-42010a800002',
      kind: { group: '', version: 'v1', kind: 'ConfigMap' },
      resource: { group: '', version: 'v1', resource: 'configmaps' },
      requestKind: { group: '', version: 'v1', kind: 'ConfigMap' },
      requestResource: { group: '', version: 'v1', resource: 'configmaps' },
      name: 'site',
      namespace: 'shop',
      operation: 'CREATE',
      userInfo: { username: 'jane', uid: 'u', groups: ['dev', 'system:authenticated'], extra: { scopes: ['a'] } },
      object: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'site', namespace: 'shop' }, data: { a: '1' } },
      oldObject: null,
      dryRun: false,
      options: { apiVersion: 'meta.k8s.io/v1', kind: 'CreateOptions' },
      ...request,
    },
  };
}
