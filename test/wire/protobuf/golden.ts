import { readFileSync } from 'node:fs';
import { brotliDecompressSync } from 'node:zlib';

/** One object as a kube-apiserver wrote it in JSON and in protobuf. */
export interface Golden {
  readonly name: string;
  readonly json: unknown;
  readonly protobuf: Buffer;
}

const file = new URL('../../fixtures/protobuf/goldens.json.br', import.meta.url);
const recorded: Record<string, { json: unknown; protobuf: string }> = JSON.parse(
  brotliDecompressSync(readFileSync(file)).toString(),
);

/** Objects with every field set, recorded by `scripts/record-goldens.mjs`. */
export const goldens: readonly Golden[] = Object.entries(recorded).map(([name, { json, protobuf }]) => ({
  name,
  json,
  protobuf: Buffer.from(protobuf, 'latin1'),
}));
