import { InvalidRequestError } from '../../errors/index.js';
import type { KubeObject, LabelSelector, RawExtension, Resource, ResourceType, Scope } from '../../meta/index.js';
import type { Admission, AdmissionOperation, Denial } from './admission.js';

/** The settings of a webhook that do not follow from its definition. */
export interface WebhookSettings {
  /** The decision when the server cannot reach the webhook. Default `Fail`, as in the API. */
  readonly failurePolicy?: 'Fail' | 'Ignore' | undefined;
  /** The side effects beside the answer. Default `None`, or `NoneOnDryRun` if the webhook respects `dryRun`. */
  readonly sideEffects?: 'None' | 'NoneOnDryRun' | undefined;
  /** The time that the server waits for the answer, 1 to 30 seconds. Default 10, as in the API. */
  readonly timeoutSeconds?: number | undefined;
  /** `Equivalent` also sends requests through other versions of the kind, converted. Default `Equivalent`, as in the API. */
  readonly matchPolicy?: 'Exact' | 'Equivalent' | undefined;
  readonly namespaceSelector?: LabelSelector | undefined;
  readonly objectSelector?: LabelSelector | undefined;
  /** CEL expressions that must all hold for the webhook to be asked. */
  readonly matchConditions?: readonly { readonly name: string; readonly expression: string }[] | undefined;
  /** For mutating ones: whether it is asked again when a later one changes the object. Default `Never`, as the API's. */
  readonly reinvocationPolicy?: 'Never' | 'IfNeeded' | undefined;
}

/** The definition that all admission webhooks share. */
interface AdmissionDefinition<R extends AnyResource> extends WebhookSettings {
  /** The kind whose objects it is asked about: it types the handler. */
  readonly for: R;
  /** A name with at least three parts, such as `quota.websites.example.com`. */
  readonly name: string;
  /** The operations that the webhook receives. Default: CREATE and UPDATE. */
  readonly operations?: readonly AdmissionOperation[] | undefined;
  /** Subresources it is asked about besides the object itself, such as `scale`, or `*`. Default: none. */
  readonly subresources?: readonly string[] | undefined;
  /** Where it answers. Default: `/validate-GROUP-VERSION-KIND` or `/mutate-…`, as controller-runtime's. */
  readonly path?: string | undefined;
}

/** Says yes or no. */
export interface ValidatingWebhookOptions<R extends AnyResource> extends AdmissionDefinition<R> {
  /** Nothing returned: allowed. A text or `deny(…)`: refused. What it throws is a refusal with code 500 and the error's message. */
  validate(admission: Admission<ResourceType<R>>): Verdict | Promise<Verdict>;
}

/** Changes objects on their way. */
export interface MutatingWebhookOptions<R extends AnyResource> extends AdmissionDefinition<R> {
  /** Changes `admission.object` in place; the patch is made from the difference. May refuse, as `validate`. */
  mutate(admission: Admission<ResourceType<R>>): Verdict | Promise<Verdict>;
}

/** Turns objects of one version of a kind into those of another. */
export interface ConversionWebhookOptions {
  /** The kind, whatever its version. */
  readonly for: { readonly group: string; readonly kind: string };
  /** Where it answers. Default `/convert`. */
  readonly path?: string | undefined;
  /**
   * The object as one of `apiVersion`. May change what it is given. Metadata but labels and annotations stay as they were; nothing may
   * be lost that converting back would need. What it throws fails the request, with the error's message.
   */
  convert(object: ConvertibleObject, apiVersion: string): ConvertibleObject | Promise<ConvertibleObject>;
}

/** An object of any version of a custom kind. */
export type ConvertibleObject = KubeObject & RawExtension;

/** The result of a handler. */
// biome-ignore lint/suspicious/noConfusingVoidType: handlers declared to return nothing are the usual case
export type Verdict = void | undefined | string | Denial;

type AnyResource = Resource<KubeObject, Scope, unknown>;

/** A webhook, ready to be served and to be told to the API server. Made by `validatingWebhook` and its kin. */
export type Webhook = AdmissionWebhook | ConversionWebhook;

/** One that admits. */
export interface AdmissionWebhook {
  readonly type: 'validating' | 'mutating';
  readonly name: string;
  readonly path: string;
  readonly resource: AnyResource;
  readonly operations: readonly AdmissionOperation[];
  readonly subresources: readonly string[];
  readonly settings: WebhookSettings;
  /** Answers; what it is given has been checked to be of `resource`. */
  readonly handle: (admission: Admission<KubeObject>) => Verdict | Promise<Verdict>;
}

/** One that converts. */
export interface ConversionWebhook {
  readonly type: 'conversion';
  readonly path: string;
  readonly group: string;
  readonly kind: string;
  readonly convert: ConversionWebhookOptions['convert'];
}

/** Defines a webhook that says yes or no to changes of a kind's objects. */
export function validatingWebhook<R extends AnyResource>(options: ValidatingWebhookOptions<R>): AdmissionWebhook {
  return admissionWebhook('validating', options, (admission) => options.validate(admission));
}

/** Defines a webhook that changes a kind's objects before they are stored. */
export function mutatingWebhook<R extends AnyResource>(options: MutatingWebhookOptions<R>): AdmissionWebhook {
  return admissionWebhook('mutating', options, (admission) => options.mutate(admission));
}

/** Defines a webhook that converts between the versions of a custom kind. */
export function conversionWebhook(options: ConversionWebhookOptions): ConversionWebhook {
  const { group, kind } = options.for;
  return {
    type: 'conversion',
    path: checkedPath(options.path ?? '/convert'),
    group,
    kind,
    convert: (object, apiVersion) => options.convert(object, apiVersion),
  };
}

function admissionWebhook<R extends AnyResource>(
  type: 'validating' | 'mutating',
  options: AdmissionDefinition<R>,
  handle: (admission: Admission<ResourceType<R>>) => Verdict | Promise<Verdict>,
): AdmissionWebhook {
  const { for: resource, name, operations = ['CREATE', 'UPDATE'], subresources = [], path, ...rest } = options;
  if (name.split('.').length < 3) {
    throw new InvalidRequestError(
      `${JSON.stringify(name)} cannot name a webhook: it needs at least three parts, as in a.b.c`,
    );
  }
  const { failurePolicy, sideEffects, timeoutSeconds, matchPolicy } = rest;
  const { namespaceSelector, objectSelector, matchConditions, reinvocationPolicy } = rest;
  const verb = type === 'mutating' ? 'mutate' : 'validate';
  const { group, version, kind } = resource;
  const where = [group.replaceAll('.', '-'), version, kind.toLowerCase()].join('-');
  return {
    type,
    name,
    path: checkedPath(path ?? `/${verb}-${where}`),
    resource,
    operations,
    subresources,
    settings: {
      failurePolicy,
      sideEffects,
      timeoutSeconds,
      matchPolicy,
      namespaceSelector,
      objectSelector,
      matchConditions,
      reinvocationPolicy,
    },
    // What the kind's objects look like is the descriptor's word; that these are of the kind has been checked.
    handle: handle as AdmissionWebhook['handle'],
  };
}

function checkedPath(path: string): string {
  if (!/^\/[\w./-]*$/.test(path))
    throw new InvalidRequestError(`${JSON.stringify(path)} is no path for a webhook: it begins with a slash`);
  return path;
}
