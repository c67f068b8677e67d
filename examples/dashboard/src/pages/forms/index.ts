import type { Kind } from '../../data/kinds.js';
import type { Form } from './form.js';
import { serviceForm } from './service-form.js';
import { deploymentForm, podForm, replicationControllerForm } from './workload-forms.js';

/** The kinds that have a form; every kind can be written as YAML. */
export const forms: readonly Form[] = [deploymentForm, podForm, serviceForm, replicationControllerForm];

export function formOf(kind: Pick<Kind, 'kind' | 'group'> | undefined): Form | undefined {
  return forms.find((form) => form.kind === kind?.kind && form.group === kind.group);
}

export function hasForm(kind: Kind): boolean {
  return formOf(kind) !== undefined;
}
