import { fieldsOf, objectsOf, textOf } from '../../../util/json-fields.js';
import type { JsonObject } from '../../../util/json-value.js';
import { type AdmissionPlugin, isAbout } from '../admission-plugin.js';

const tolerationSeconds = 300;

/** Lets pods stay five minutes on a node that is not ready or is unreachable, unless they say otherwise. */
export const defaultTolerationSeconds: AdmissionPlugin = {
  name: 'DefaultTolerationSeconds',
  mutate: (attributes) => {
    if (isAbout(attributes, '', 'pods')) addTolerations(fieldsOf(attributes.object.spec));
  },
};

function addTolerations(spec: JsonObject): void {
  const tolerations = objectsOf(spec.tolerations);
  for (const key of ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable']) {
    const tolerated = tolerations.some(
      (one) => (textOf(one.key) === '' || one.key === key) && (textOf(one.effect) === '' || one.effect === 'NoExecute'),
    );
    if (!tolerated) tolerations.push({ key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds });
  }
  spec.tolerations = tolerations;
}
