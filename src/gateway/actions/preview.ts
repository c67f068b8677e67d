import { Pod, Service } from '../../../generated/core/v1.js';
import { InvalidRequestError } from '../../errors/index.js';
import type { Cluster } from '../../sdk/index.js';
import { refusal } from '../refusals.js';

/** The longest answer of a preview, in bytes. */
const MOST_BYTES = 4 * 1024 * 1024;

/** The headers that a page may set. Others could speak for the gateway or its user. */
const settable = /^(accept|accept-language|content-type|if-match|if-none-match|if-modified-since|range)$/i;

/** A request to an HTTP server in the cluster. */
export interface PreviewRequest {
  readonly kind?: 'Pod' | 'Service' | undefined;
  readonly namespace: string;
  readonly name: string;
  readonly port?: number | undefined;
  readonly path: string;
  readonly method?: string | undefined;
  readonly headers?: { readonly [name: string]: string } | undefined;
  readonly body?: string | undefined;
}

/** The answer to a preview, as a page receives it. */
export interface PreviewAnswer {
  readonly status: number;
  readonly headers: { readonly [name: string]: string };
  /** Base64. */
  readonly body: string;
}

/** Sends a request through the API server's proxy with the rights of the user. The page decides how to show the answer. */
export async function preview(asUser: Cluster, request: PreviewRequest, signal: AbortSignal): Promise<PreviewAnswer> {
  const { kind = 'Pod', namespace, name, port, path, method = 'GET', headers = {}, body } = request;
  const refused = Object.keys(headers).find((header) => !settable.test(header));
  if (refused !== undefined) throw new InvalidRequestError(`cannot send the header ${refused} with a preview`);
  const targets = kind === 'Pod' ? asUser.resource(Pod) : asUser.resource(Service);
  const proxy = targets.in(namespace).proxy(name, { port });
  const answer = await proxy.fetch(path, { method, headers, signal, ...(body === undefined ? {} : { body }) });
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of answer.body ?? []) {
    length += chunk.length;
    if (length > MOST_BYTES) throw refusal(413, `the answer has more than ${MOST_BYTES} bytes`);
    chunks.push(chunk);
  }
  const answered = [...answer.headers].filter(([header]) => header !== 'set-cookie');
  return {
    status: answer.status,
    headers: Object.fromEntries(answered),
    body: Buffer.concat(chunks).toString('base64'),
  };
}
