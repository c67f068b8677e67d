import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { localPki } from '../../helpers/pki.js';

const pki = localPki();

/** A review as a webhook gets it. */

export interface Review {
  readonly kind: string;
  readonly apiVersion: string;
  readonly request: { readonly uid: string; readonly [field: string]: unknown };
}

/** The answer of a webhook: fields of its response, or a fault. */
export type Reply = object | ((request: IncomingMessage, response: ServerResponse) => void);

/** An HTTPS server that answers reviews as it is told, and remembers them. */
export class WebhookDouble {
  readonly reviews: Review[] = [];
  readonly urls: string[] = [];
  readonly #server: Server;

  private constructor(answer: (review: Review) => Reply) {
    this.#server = createServer({ key: pki.server.key, cert: pki.server.cert }, (request, response) => {
      let text = '';
      request.setEncoding('utf8');
      request.on('data', (chunk: string) => {
        text += chunk;
      });
      request.on('end', () => {
        const review = JSON.parse(text) as Review;
        this.reviews.push(review);
        this.urls.push(request.url ?? '');
        const reply = answer(review);
        if (typeof reply === 'function') return reply(request, response);
        const { kind, apiVersion } = review;
        response.setHeader('content-type', 'application/json');
        response.end(JSON.stringify({ kind, apiVersion, response: { uid: review.request.uid, ...reply } }));
      });
    });
  }

  static async start(answer: (review: Review) => Reply): Promise<WebhookDouble> {
    const double = new WebhookDouble(answer);
    await new Promise<void>((resolve) => double.#server.listen(0, '127.0.0.1', () => resolve()));
    return double;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** `clientConfig` of this webhook. */
  at(path: string, ca: string = pki.ca): object {
    return { url: `https://127.0.0.1:${this.port}${path}`, caBundle: Buffer.from(ca).toString('base64') };
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** A JSON patch as a response carries it. */
export function patch(...operations: object[]): object {
  return {
    allowed: true,
    patchType: 'JSONPatch',
    patch: Buffer.from(JSON.stringify(operations)).toString('base64'),
  };
}
