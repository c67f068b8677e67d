import type {
  MutatingAdmissionPolicy,
  MutatingWebhookConfiguration,
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicyBinding,
  ValidatingWebhookConfiguration,
} from '../../../../generated/admissionregistration.k8s.io/v1.js';
import type { Column } from '../../object/column.js';
import { columnsFor, nameColumn } from '../../table/common-columns.js';
import { ageColumn } from '../../table/format.js';

const mutating = columnsFor<MutatingAdmissionPolicy>();
const policy = columnsFor<ValidatingAdmissionPolicy>();
const policyBinding = columnsFor<ValidatingAdmissionPolicyBinding>();
const webhooks = columnsFor<MutatingWebhookConfiguration | ValidatingWebhookConfiguration>();

const webhookColumns: readonly Column[] = [
  nameColumn,
  webhooks.integer('Webhooks', 'How many webhooks there are.', (object) => object.webhooks?.length ?? 0),
  ageColumn,
];

const paramKind = (
  spec: { paramKind?: { apiVersion?: string | undefined; kind?: string | undefined } | undefined } | undefined,
) => (spec?.paramKind === undefined ? '<unset>' : `${spec.paramKind.apiVersion}/${spec.paramKind.kind}`);

const policyBindingColumns: readonly Column[] = [
  nameColumn,
  policyBinding.text('PolicyName', 'The policy that is bound.', ({ spec }) => spec.policyName ?? ''),
  policyBinding.text('ParamRef', 'The parameters it gets.', ({ spec }) => {
    const reference = spec.paramRef;
    if (reference?.name) return `${reference.namespace || '*'}/${reference.name}`;
    return reference?.selector === undefined ? '<unset>' : JSON.stringify(reference.selector);
  }),
  ageColumn,
];

/** The columns of the kinds of the group, by `group/Kind`. */
export const admissionRegistrationColumns: { readonly [kind: string]: readonly Column[] } = {
  'admissionregistration.k8s.io/MutatingAdmissionPolicy': [
    nameColumn,
    mutating.integer('Mutations', 'How many changes it makes.', ({ spec }) => spec?.mutations?.length ?? 0),
    mutating.text('ParamKind', 'Kind of its parameters.', ({ spec }) => paramKind(spec)),
    ageColumn,
  ],
  'admissionregistration.k8s.io/MutatingAdmissionPolicyBinding': policyBindingColumns,
  'admissionregistration.k8s.io/MutatingWebhookConfiguration': webhookColumns,
  'admissionregistration.k8s.io/ValidatingAdmissionPolicy': [
    nameColumn,
    policy.integer('Validations', 'How many rules it has.', ({ spec }) => spec?.validations?.length ?? 0),
    policy.text('ParamKind', 'Kind of its parameters.', ({ spec }) => paramKind(spec)),
    ageColumn,
  ],
  'admissionregistration.k8s.io/ValidatingAdmissionPolicyBinding': policyBindingColumns,
  'admissionregistration.k8s.io/ValidatingWebhookConfiguration': webhookColumns,
};
