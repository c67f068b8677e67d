import type { Taint, Toleration } from '../../../generated/core/v1.js';
import type { DeepReadonly } from '../../meta/index.js';

/** Tells whether a toleration tolerates a taint. */
export function tolerates(toleration: DeepReadonly<Toleration>, taint: DeepReadonly<Taint>): boolean {
  const { key = '', operator = 'Equal', value = '', effect = '' } = toleration;
  if (effect !== '' && effect !== taint.effect) return false;
  if (key !== '' && key !== taint.key) return false;
  switch (operator) {
    case 'Exists':
      return true;
    case 'Gt':
      return isGreater(taint.value, value);
    case 'Lt':
      return isGreater(value, taint.value);
    default:
      return value === (taint.value ?? '');
  }
}

function isGreater(a: string | undefined, b: string | undefined): boolean {
  const isInteger = (text: string | undefined): text is string => text !== undefined && /^-?\d+$/.test(text);
  return isInteger(a) && isInteger(b) && BigInt(a) > BigInt(b);
}

/** Returns the first taint that keeps new pods away and that the tolerations do not tolerate. */
export function untoleratedTaint(
  taints: readonly DeepReadonly<Taint>[],
  tolerations: readonly DeepReadonly<Toleration>[],
): DeepReadonly<Taint> | undefined {
  return taints.find(
    (taint) =>
      (taint.effect === 'NoSchedule' || taint.effect === 'NoExecute') &&
      !tolerations.some((toleration) => tolerates(toleration, taint)),
  );
}
