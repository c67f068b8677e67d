import { fieldsOf, listOf, numberOf, objectsOf, textOf } from '../../../../util/json-fields.js';
import { copy, type JsonObject } from '../../../../util/json-value.js';
import { type FieldError, forbiddenField } from '../../../object/field-error.js';
import type { Operation, Strategy } from '../../../object/server-context.js';
import type { ServerObject } from '../../../object/server-object.js';
import { timestamp } from '../../../object/system-fields.js';
import { ephemeralUpdateProblems } from './ephemeral-containers.js';
import { podAnnotationProblems, podAnnotationUpdateProblems } from './pod-annotations.js';
import { imageSpaceProblems, podSpecProblems } from './pod-spec.js';
import { defaultPodSpec, dropDisabled } from './pod-spec-defaults.js';
import { podStatusProblems } from './pod-status-validation.js';
import { nameWarnings, podWarnings } from './pod-warnings.js';
import { qosClass } from './qos.js';
import { podResizeProblems } from './resize-validation.js';
import { podUpdateProblems } from './update-validation.js';

const field = (object: ServerObject, part: 'spec' | 'status', name: string): string =>
  textOf(fieldsOf(object[part])[name]);

/** Pods. */
export const pods: Strategy = {
  schemaChecked: false,
  generation: true,
  returnsDeleted: true,
  fields: {
    'spec.nodeName': (pod) => field(pod, 'spec', 'nodeName'),
    // What it was called before there was a version 1.
    'spec.host': (pod) => field(pod, 'spec', 'nodeName'),
    'spec.restartPolicy': (pod) => field(pod, 'spec', 'restartPolicy'),
    'spec.schedulerName': (pod) => field(pod, 'spec', 'schedulerName'),
    'spec.serviceAccountName': (pod) => field(pod, 'spec', 'serviceAccountName'),
    'spec.hostNetwork': ({ spec }) => String(fieldsOf(spec).hostNetwork === true),
    'status.phase': (pod) => field(pod, 'status', 'phase'),
    'status.podIP': (pod) => field(pod, 'status', 'podIP'),
    'status.podIPs': (pod) => field(pod, 'status', 'podIP'),
    'status.nominatedNodeName': (pod) => field(pod, 'status', 'nominatedNodeName'),
  },
  defaults: (pod) => {
    alignAddresses(fieldsOf(pod.status));
    const spec = fieldsOf(pod.spec);
    if (Object.keys(spec).length === 0) return;
    defaultPodSpec(spec, true);
    spec.enableServiceLinks ??= true;
  },
  prepareForCreate: (pod, request) => {
    dropDisabled(fieldsOf(pod.spec), {});
    settleGrace(fieldsOf(pod.spec));
    pod.status = { phase: 'Pending', ...gated(pod, request), qosClass: qosClass(fieldsOf(pod.spec)) };
  },
  prepareForUpdate: (pod, old) => {
    dropDisabled(fieldsOf(pod.spec), fieldsOf(old.spec));
    settleGrace(fieldsOf(pod.spec));
    // Ephemeral containers come through their own door only; what admission filled in stays when the client leaves it out.
    keep(fieldsOf(pod.spec), fieldsOf(old.spec), [
      'priority',
      'preemptionPolicy',
      'serviceAccountName',
      'serviceAccount',
    ]);
  },
  prepareForStatusUpdate: (pod, old) => {
    const status = fieldsOf(pod.status);
    keep(status, fieldsOf(old.status), ['qosClass', 'observedGeneration']);
    // A pod without a phase is one that nobody has looked at.
    if (textOf(status.phase) === '') status.phase = textOf(fieldsOf(old.status).phase) || 'Pending';
    pod.status = status;
  },
  validate: (pod) => [
    ...podAnnotationProblems(pod.metadata.annotations ?? {}, fieldsOf(pod.spec), 'metadata.annotations'),
    ...podSpecProblems(fieldsOf(pod.spec), 'spec', true),
    ...imageSpaceProblems(fieldsOf(pod.spec), 'spec'),
  ],
  // Nobody changes a pod by hand: what is odd about it has been said when it was made.
  warnings: (pod, old) =>
    old === undefined
      ? [...nameWarnings(pod.metadata, "the Pod's hostname"), ...podWarnings(fieldsOf(pod.spec), pod.metadata)]
      : [],
  validateCreate: createProblems,
  validateUpdate: (pod, old) => [
    ...podAnnotationUpdateProblems(pod.metadata.annotations ?? {}, old.metadata.annotations ?? {}),
    ...podUpdateProblems(pod, old),
  ],
  validateSubresource: (subresource, pod, old) => {
    if (subresource === 'status')
      return podStatusProblems(fieldsOf(pod.spec), fieldsOf(pod.status), fieldsOf(old.status));
    const own = { resize: podResizeProblems, ephemeralcontainers: ephemeralUpdateProblems }[subresource];
    return own === undefined ? [] : [...podSpecProblems(fieldsOf(pod.spec), 'spec', true), ...own(pod, old)];
  },
  graceSeconds: (pod, asked) => {
    const spec = fieldsOf(pod.spec);
    const phase = field(pod, 'status', 'phase');
    // Nobody runs a pod without a node, or one that has ended: there is nothing to wait for.
    if (textOf(spec.nodeName) === '' || phase === 'Succeeded' || phase === 'Failed') return 0;
    return asked ?? Math.max(1, numberOf(spec.terminationGracePeriodSeconds) ?? 30);
  },
};

/** The address of a pod stands in two fields, of which the older one decides where they differ. */
function alignAddresses(status: JsonObject): void {
  const [one, first] = [textOf(status.podIP), textOf(objectsOf(status.podIPs)[0]?.ip)];
  if (one !== '' && one !== first) status.podIPs = [{ ip: one }];
  else if (one === '' && first !== '') status.podIP = first;
}

/** Returns the condition of a pod while scheduling gates hold it back. */
function gated({ spec }: ServerObject, { server }: Operation): JsonObject {
  if (listOf(fieldsOf(spec).schedulingGates).length === 0) return {};
  const condition = {
    type: 'PodScheduled',
    status: 'False',
    lastProbeTime: null,
    lastTransitionTime: timestamp(server.clock),
    reason: 'SchedulingGated',
    message: 'Scheduling is blocked due to non-empty scheduling gates',
  };
  return { conditions: [condition] };
}

/** A grace period below zero means the shortest there is. */
function settleGrace(spec: JsonObject): void {
  if ((numberOf(spec.terminationGracePeriodSeconds) ?? 0) < 0) spec.terminationGracePeriodSeconds = 1;
}

function createProblems({ spec }: ServerObject): FieldError[] {
  const { ephemeralContainers, nodeName, schedulingGates, serviceAccountName } = fieldsOf(spec);
  const errors: FieldError[] = textOf(serviceAccountName) === '' ? tokenProblems(fieldsOf(spec)) : [];
  if (listOf(ephemeralContainers).length > 0)
    errors.push(forbiddenField('spec.ephemeralContainers', 'cannot be set on create'));
  if (textOf(nodeName) !== '' && listOf(schedulingGates).length > 0)
    errors.push(forbiddenField('spec.nodeName', 'cannot be set until all schedulingGates have been cleared'));
  return errors;
}

/** Validates that a pod without a service account does not mount a token. */
function tokenProblems({ volumes }: JsonObject): FieldError[] {
  return objectsOf(volumes).flatMap(({ projected }, index) =>
    objectsOf(fieldsOf(projected).sources).flatMap(({ serviceAccountToken }, which) =>
      serviceAccountToken === undefined
        ? []
        : [
            forbiddenField(
              `spec.volumes[${index}].projected.sources[${which}].serviceAccountToken`,
              'must not be specified when serviceAccountName is not set',
            ),
          ],
    ),
  );
}

function keep(target: JsonObject, source: JsonObject, names: readonly string[]): void {
  for (const name of names) {
    if ((target[name] === undefined || target[name] === null) && source[name] !== undefined)
      target[name] = copy(source[name]);
  }
}
