import { dns1123LabelProblems, dns1123SubdomainProblems } from '../meta/index.js';
import type { Functions } from './functions.js';
import { type CelType, types } from './types.js';
import { CelError, CelOpaque } from './values.js';

/** The question that an expression asks an authorizer, about a path or a resource. */
export interface AccessQuestion {
  readonly verb: string;
  readonly path?: string;
  readonly group?: string;
  readonly resource?: string;
  readonly subresource?: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly fieldSelector?: string;
  readonly labelSelector?: string;
  /** Asked for this service account, not for who makes the request. */
  readonly serviceAccount?: { readonly namespace: string; readonly name: string };
}

/** Answers at once: rules have been read before. */
export type AnswerAccess = (question: AccessQuestion) => { readonly allowed: boolean; readonly reason: string };

/** A question in the making, at one of the stages its methods lead through. */
export class CelAccess extends CelOpaque {
  constructor(
    readonly type: CelType,
    readonly answer: AnswerAccess,
    readonly question: Omit<AccessQuestion, 'verb'>,
  ) {
    super();
  }

  with(type: CelType, more: Omit<AccessQuestion, 'verb'>): CelAccess {
    return new CelAccess(type, this.answer, { ...this.question, ...more });
  }

  override equals(other: CelOpaque): boolean {
    return other === this;
  }
}

class CelDecision extends CelOpaque {
  readonly type = types.decision;

  constructor(
    readonly allowed: boolean,
    readonly reason: string,
  ) {
    super();
  }

  override equals(other: CelOpaque): boolean {
    return other === this;
  }
}

/** Questions to the authorizer, of policies and match conditions (https://kubernetes.io/docs/reference/using-api/cel/). */
export function authorizerLibrary(functions: Functions): void {
  const named = (text: string, what: string): string => {
    if (text.trim() === '') throw new CelError(`${what} must not be empty`);
    return text;
  };
  const check = (access: CelAccess, verb: string): CelDecision => {
    const { allowed, reason } = access.answer({ ...access.question, verb });
    return new CelDecision(allowed, reason);
  };
  const resource =
    (field: 'subresource' | 'namespace' | 'name' | 'fieldSelector' | 'labelSelector') =>
    (access: CelAccess, text: string): CelAccess =>
      access.with(types.resourceCheck, { [field]: text });
  functions
    .add('path', 'authorizer_path', 'authorizer.(string): pathCheck', (access: CelAccess, path: string) =>
      access.with(types.pathCheck, { path: named(path, 'path') }),
    )
    .add('group', 'authorizer_group', 'authorizer.(string): groupCheck', (access: CelAccess, group: string) =>
      access.with(types.groupCheck, { group }),
    )
    .add('serviceAccount', 'authorizer_serviceaccount', 'authorizer.(string, string): authorizer', serviceAccount)
    .add('resource', 'groupcheck_resource', 'groupCheck.(string): resourceCheck', (access: CelAccess, name: string) =>
      access.with(types.resourceCheck, { resource: named(name, 'resource') }),
    )
    .add('subresource', 'resourcecheck_subresource', 'resourceCheck.(string): resourceCheck', resource('subresource'))
    .add('namespace', 'resourcecheck_namespace', 'resourceCheck.(string): resourceCheck', resource('namespace'))
    .add('name', 'resourcecheck_name', 'resourceCheck.(string): resourceCheck', resource('name'))
    .add(
      'fieldSelector',
      'authorizer_fieldselector',
      'resourceCheck.(string): resourceCheck',
      resource('fieldSelector'),
    )
    .add(
      'labelSelector',
      'authorizer_labelselector',
      'resourceCheck.(string): resourceCheck',
      resource('labelSelector'),
    )
    .add('check', 'pathcheck_check', 'pathCheck.(string): decision', check)
    .add('check', 'resourcecheck_check', 'resourceCheck.(string): decision', check)
    .add('errored', 'decision_errored', 'decision.(): bool', () => false)
    .add('error', 'decision_error', 'decision.(): string', () => '')
    .add('allowed', 'decision_allowed', 'decision.(): bool', ({ allowed }: CelDecision) => allowed)
    .add('reason', 'decision_reason', 'decision.(): string', ({ reason }: CelDecision) => reason);
}

function serviceAccount(access: CelAccess, namespace: string, name: string): CelAccess {
  if (dns1123SubdomainProblems(name).length > 0) throw new CelError('Invalid service account name');
  if (dns1123LabelProblems(namespace).length > 0) throw new CelError('Invalid service account namespace');
  return access.with(types.authorizer, { serviceAccount: { namespace, name } });
}
