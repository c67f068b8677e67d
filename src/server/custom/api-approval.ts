import { fieldsOf, textOf } from '../../util/json-fields.js';
import { type FieldError, invalidValue, required } from '../object/field-error.js';
import type { ServerObject } from '../object/server-object.js';
import type { Condition } from './definition-conditions.js';

const annotation = 'api-approved.kubernetes.io';
const see = 'see https://github.com/kubernetes/enhancements/pull/1111';

/** Reports whether a group belongs to the Kubernetes project, which reviews the APIs in it. */
function isProtected(group: string): boolean {
  return /(?:^|\.)(?:k8s|kubernetes)\.io$/.test(group);
}

type State = 'approved' | 'bypassed' | 'missing' | 'invalid';

function approvalOf({ metadata }: ServerObject): { state: State; reason: string } {
  const text = metadata.annotations?.[annotation] ?? '';
  if (text === '') {
    return { state: 'missing', reason: `protected groups must have approval annotation "${annotation}", ${see}` };
  }
  if (text.startsWith('unapproved')) return { state: 'bypassed', reason: `not approved: ${JSON.stringify(text)}` };
  if (/^[a-z][a-z0-9+.-]*:\/\/[^/]/i.test(text)) return { state: 'approved', reason: `approved in ${text}` };
  const reason = `protected groups must have approval annotation "${annotation}" with either a URL or a reason starting with "unapproved", ${see}`;
  return { state: 'invalid', reason };
}

/** Returns the errors in the approval of an API in a protected group. An unchanged approval stays allowed. */
export function approvalProblems(object: ServerObject, old: ServerObject | undefined): FieldError[] {
  if (!isProtected(textOf(fieldsOf(object.spec).group))) return [];
  const { state, reason } = approvalOf(object);
  if (old !== undefined && approvalOf(old).state === state) return [];
  const at = `metadata.annotations[${annotation}]`;
  if (state === 'missing') return [required(at, reason)];
  return state === 'invalid' ? [invalidValue(at, object.metadata.annotations?.[annotation], reason)] : [];
}

/** Returns the approval condition for the status of a definition, or undefined for groups that need no approval. */
export function approvalCondition(object: ServerObject): Condition | undefined {
  if (!isProtected(textOf(fieldsOf(object.spec).group))) return undefined;
  const { state, reason } = approvalOf(object);
  const reasons = {
    approved: 'ApprovedAnnotation',
    bypassed: 'UnapprovedAnnotation',
    missing: 'MissingAnnotation',
    invalid: 'InvalidAnnotation',
  };
  return {
    type: 'KubernetesAPIApprovalPolicyConformant',
    status: state === 'approved' ? 'True' : 'False',
    reason: reasons[state],
    message: reason,
  };
}
