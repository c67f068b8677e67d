import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Objects of the Kubernetes API's published test data, as JSON and as protobuf. They lie beside the repository. */
const beside = fileURLToPath(new URL('../../../../shared/protobuf/golden', import.meta.url));
const isThere = existsSync(beside);

export interface Golden {
  readonly name: string;
  readonly json: string;
  readonly protobuf: Buffer;
}

/** All goldens; none where there are none, which the title of a suite should say. */
export function goldens(): Golden[] {
  if (!isThere) return [];
  return readdirSync(beside)
    .filter((file) => file.endsWith('.pb'))
    .map((file) => ({
      name: file.slice(0, -3),
      json: readFileSync(join(beside, `${file.slice(0, -3)}.json`), 'utf8'),
      protobuf: readFileSync(join(beside, file)),
    }));
}

export const goldensMissing = isThere ? '' : ' (skipped: ../shared/protobuf/golden is not here)';
