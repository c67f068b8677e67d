import type { PodTemplateSpec } from '../../../../generated/core/v1.js';
import type { DeepReadonly } from '../../../meta/index.js';
import { encodeUtf8 } from '../../../util/bytes.js';
import { fnv1a, safeEncode } from '../base/name-hash.js';
import { goJson } from './go-json.js';

/** The label that tells the pods of a Deployment's revisions apart. */
export const HASH_LABEL = 'pod-template-hash';

/** Returns the hash of a pod template. `collisions` makes another hash where two templates have the same. */
export function templateHash(template: DeepReadonly<PodTemplateSpec>, collisions: number | undefined): string {
  const hash = fnv1a(encodeUtf8(goJson(template)));
  return safeEncode(String(collisions === undefined ? hash : fnv1a(encodeUtf8(String(collisions)), hash)));
}
