import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

/** A request that was once sent to a kube-apiserver: what the fuzzer starts from. */
export interface SeedRequest {
  readonly method: string;
  readonly path: string;
  readonly contentType: string | undefined;
  readonly accept: string | undefined;
  /** A JSON value, or the text of a body that is not JSON. */
  readonly body: unknown;
}

/** Reads the corpus: one `[method, path, content type, accept, body]` a line. */
export function readCorpus(file = 'test/fuzz/corpus.ndjson.gz'): SeedRequest[] {
  const lines = gunzipSync(readFileSync(file)).toString().trim().split('\n');
  return lines.map((line) => {
    const [method, path, contentType, accept, body] = JSON.parse(line, expanded) as [
      string,
      string,
      ...(string | null)[],
    ];
    return {
      method,
      path,
      contentType: contentType ?? undefined,
      accept: accept ?? undefined,
      body: body ?? undefined,
    };
  });
}

/** Recordings write a long string as `{"$repeat": [text, times]}`. */
function expanded(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('$repeat' in value)) return value;
  const [text, times] = value.$repeat as [string, number];
  return text.repeat(times);
}
