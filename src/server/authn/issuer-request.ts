import { type RequestOptions, request } from 'node:https';
import type { Clock } from '../../util/clock.js';
import { fieldsOf } from '../../util/json-fields.js';
import { TokenRefused } from './jwt-configuration.js';

/** Options of requests for documents of an issuer. */
export interface IssuerConnection {
  readonly clock: Clock;
  /** Ends requests under way. */
  readonly signal: AbortSignal;
  /** The authorities of the issuer's certificate, in PEM. */
  readonly ca: string | undefined;
}

const timeoutMs = 10_000;
const maxBytes = 1024 * 1024;

/** Reads a JSON object over https. Redirects are not followed. Throws a TokenRefused that names the address. */
export function readDocument(
  url: string,
  { clock, signal, ca }: IssuerConnection,
): Promise<{ [field: string]: unknown }> {
  if (!/^https:\/\//i.test(url) || !URL.canParse(url))
    return Promise.reject(new TokenRefused(`cannot read ${url}: it is not an https URL`));
  return new Promise((resolve, reject) => {
    const options: RequestOptions = {
      agent: false,
      headers: { accept: 'application/json' },
      ...(ca === undefined ? {} : { ca }),
    };
    const sent = request(url, options, (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      response.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size > maxBytes) sent.destroy(new Error(`the answer is larger than ${maxBytes} bytes`));
        else chunks.push(chunk);
      });
      response.on('error', fail);
      response.on('end', () => {
        if (response.statusCode !== 200) return fail(new Error(`status ${response.statusCode}`));
        try {
          settle(() => resolve(fieldsOf(JSON.parse(Buffer.concat(chunks).toString()))));
        } catch {
          fail(new Error('the answer is not JSON'));
        }
      });
    });
    const settle = (done: () => void): void => {
      timer.cancel();
      signal.removeEventListener('abort', cancel);
      done();
    };
    const fail = (error: Error): void => settle(() => reject(new TokenRefused(`cannot read ${url}: ${error.message}`)));
    const cancel = (): void => void sent.destroy(new Error('the server closes'));
    const timer = clock.setTimer(timeoutMs, () => sent.destroy(new Error(`no answer within ${timeoutMs} ms`)));
    signal.addEventListener('abort', cancel);
    sent.on('error', fail);
    sent.end();
    if (signal.aborted) cancel();
  });
}
