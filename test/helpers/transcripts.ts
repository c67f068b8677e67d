import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';

const folder = fileURLToPath(new URL('../fixtures/transcripts/', import.meta.url));

/** One step of a recorded conversation. */
export interface RecordedStep {
  readonly id?: string;
  readonly request: {
    readonly method: string;
    readonly path: string;
    readonly headers?: { readonly [name: string]: string | null };
    readonly body?: unknown;
    readonly rawBody?: string;
  };
  readonly during?: readonly RecordedStep[];
  readonly response: { readonly status: number; readonly body?: unknown; readonly events?: unknown };
}

/** A conversation with a real kube-apiserver 1.36. */
export interface Transcript {
  /** Its area and name: `crud/configmap-lifecycle`. */
  readonly name: string;
  readonly vars: { readonly [name: string]: unknown };
  readonly steps: readonly RecordedStep[];
}

/** Returns all recorded conversations, in the order of their names. */
export function transcripts(): Transcript[] {
  const files = readdirSync(folder).filter((file) => file.endsWith('.json.gz'));
  return files.sort().flatMap((file) => {
    const area = file.replace('.json.gz', '');
    const recorded: { [name: string]: Omit<Transcript, 'name'> } = JSON.parse(
      gunzipSync(readFileSync(`${folder}${file}`)).toString(),
    );
    return Object.entries(recorded).map(([name, conversation]) => ({ ...conversation, name: `${area}/${name}` }));
  });
}
