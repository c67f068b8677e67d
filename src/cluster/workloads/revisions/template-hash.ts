import type { PodTemplateSpec } from '../../../../generated/core/v1.js';
import type { DeepReadonly } from '../../../meta/index.js';
import { encodeUtf8 } from '../../../util/bytes.js';
import { fnv1a, safeEncode } from '../base/name-hash.js';
import { goDump } from './go-dump.js';

/** The label that tells the pods of a Deployment's revisions apart. */
export const HASH_LABEL = 'pod-template-hash';

/**
 * Returns the hash of a pod template that kube-controller-manager 1.36 gives it, so that names stay the same under either. `collisions`
 * makes another hash where two templates have the same.
 */
export function templateHash(template: DeepReadonly<PodTemplateSpec>, collisions: number | undefined): string {
  const hash = fnv1a(encodeUtf8(goDump('v1.PodTemplateSpec', template)));
  if (collisions === undefined) return safeEncode(String(hash));
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setUint32(0, collisions, true);
  return safeEncode(String(fnv1a(bytes, hash)));
}
