import { CodegenError } from './api-source.js';
import type { FetchJson } from './from-server.js';

/** The largest real document, OpenAPI v2 of a cluster with many custom resources, is some 30 MB. */
const MAX_BYTES = 256 * 1024 * 1024;

/** Gets JSON documents from an origin over HTTP, without credentials. */
export function fetchJsonFrom(origin: string, signal?: AbortSignal): FetchJson {
  return async (path, accept) => {
    const url = new URL(path, origin);
    let response: Response;
    try {
      response = await fetch(url, { headers: { accept }, ...(signal === undefined ? {} : { signal }) });
    } catch (cause) {
      throw new CodegenError(`Cannot reach ${url.origin}${url.pathname}`, { cause });
    }
    if (response.status !== 200) {
      await response.body?.cancel();
      throw new CodegenError(`${url.origin}${url.pathname} answered ${response.status} ${response.statusText}`);
    }
    const text = await bounded(response, url);
    try {
      return JSON.parse(text) as unknown;
    } catch (cause) {
      throw new CodegenError(`${url.origin}${url.pathname} answered something else than JSON`, { cause });
    }
  };
}

async function bounded(response: Response, url: URL): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength;
    if (size > MAX_BYTES) throw new CodegenError(`${url.origin}${url.pathname} is larger than ${MAX_BYTES} bytes`);
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}
