import { fieldsOf } from '../../../util/json-fields.js';
import { equal } from '../../../util/json-value.js';
import type { AdmissionAttributes } from '../../object/admission-attributes.js';
import { type FieldError, invalid, invalidValue } from '../../object/field-error.js';
import type { ServedResource } from '../../object/server-context.js';
import type { ServerObject } from '../../object/server-object.js';
import { forbidden } from '../../object/status-error.js';
import { namespaceResource } from '../../scheme/namespaces.js';
import { peekStored } from '../../scheme/stored-object.js';
import { type AdmissionPlugin, isAbout } from '../admission-plugin.js';
import { baseline, restricted, type Violation } from './pod-security-checks.js';

/** Holds pods to the Pod Security Standards that their namespace's labels name. */
export const podSecurity: AdmissionPlugin = { name: 'PodSecurity', validate: checkPodSecurity };

const prefix = 'pod-security.kubernetes.io/';

/** Where kinds keep a pod spec: what they make is warned of, and refused only when it becomes a pod. */
const templates: { readonly [resource: string]: readonly string[] } = {
  '/podtemplates': ['template', 'spec'],
  '/replicationcontrollers': ['spec', 'template', 'spec'],
  'apps/daemonsets': ['spec', 'template', 'spec'],
  'apps/deployments': ['spec', 'template', 'spec'],
  'apps/replicasets': ['spec', 'template', 'spec'],
  'apps/statefulsets': ['spec', 'template', 'spec'],
  'batch/jobs': ['spec', 'template', 'spec'],
  'batch/cronjobs': ['spec', 'jobTemplate', 'spec', 'template', 'spec'],
};

/**
 * Pod Security Admission (KEP-2579): holds pods to the level of the Pod Security Standards that the labels of their namespace name, and
 * warns of what another level would refuse. Checks are those of the latest version, whichever the labels name. Throws the 403 Status.
 */
async function checkPodSecurity(attributes: AdmissionAttributes): Promise<void> {
  const { request, operation, object, old } = attributes;
  const { resource, path, server } = request;
  if (object !== undefined && isAbout(attributes, '', 'namespaces')) checkLevels(object, old, resource);
  if (object === undefined || path.namespace === undefined) return;
  const isPod = resource.group === '' && resource.plural === 'pods';
  const place = templates[`${resource.group}/${resource.plural}`];
  if ((!isPod && place === undefined) || (path.subresource ?? 'ephemeralcontainers') !== 'ephemeralcontainers') return;
  const where = place ?? ['spec'];
  const spec = at(object, where);
  // Only what a change can change is looked at.
  if (operation === 'UPDATE' && old !== undefined && equal(spec, at(old, where))) return;
  const namespaces = namespaceResource(server);
  const { kv } = await server.storage.get(`${namespaces.prefix}${path.namespace}`);
  if (kv === undefined) return;
  const labels = peekStored(kv, namespaces).metadata.labels ?? {};
  const { audit } = request;
  if (!Object.keys(labels).some((key) => key.startsWith(prefix))) {
    if (isPod) audit?.annotate(`${prefix}enforce-policy`, 'privileged:latest');
    return;
  }
  const annotations = object.metadata.annotations ?? {};
  const policy = (mode: string): { level: string; shown: string; violations: Violation[] } => {
    const level = labels[`${prefix}${mode}`] ?? 'privileged';
    const version = labels[`${prefix}${mode}-version`] ?? 'latest';
    return { level, shown: `${level}:${version}`, violations: violationsOf(level, fieldsOf(spec), annotations) };
  };
  const enforced = policy('enforce');
  if (isPod) audit?.annotate(`${prefix}enforce-policy`, enforced.shown);
  const audited = audit === undefined ? undefined : policy('audit');
  if (audited !== undefined && audited.violations.length > 0) {
    const why = `would violate PodSecurity ${JSON.stringify(audited.shown)}: ${told(audited.violations)}`;
    audit?.annotate(`${prefix}audit-violations`, why);
  }
  if (isPod && enforced.violations.length > 0) {
    const why = `violates PodSecurity ${JSON.stringify(enforced.shown)}: ${told(enforced.violations)}`;
    throw forbidden(resource, object.metadata.name ?? '', why);
  }
  const warned = policy('warn');
  if (warned.violations.length > 0)
    request.warnings.push(`would violate PodSecurity ${JSON.stringify(warned.shown)}: ${told(warned.violations)}`);
}

/** Checks the labels of a namespace that name levels and versions. Throws the 422 Status, unless they were as wrong before. */
function checkLevels(object: ServerObject, old: ServerObject | undefined, resource: ServedResource): void {
  const errors = levelProblems(object);
  if (errors.length === 0 || (old !== undefined && equal(errors, levelProblems(old)))) return;
  throw invalid(resource, object.metadata.name ?? '', errors);
}

const levels = ['privileged', 'baseline', 'restricted'];

function levelProblems({ metadata: { labels = {} } }: ServerObject): FieldError[] {
  return ['enforce', 'audit', 'warn'].flatMap((mode) => {
    const [level, version] = [`${prefix}${mode}`, `${prefix}${mode}-version`];
    const fault = (label: string, fits: (value: string) => boolean, why: string): FieldError[] => {
      const value = labels[label];
      return value === undefined || fits(value) ? [] : [invalidValue(`metadata.labels[${label}]`, value, why)];
    };
    return [
      ...fault(level, (value) => levels.includes(value), `must be one of ${levels.join(', ')}`),
      ...fault(version, (value) => /^(?:latest|v1\.(?:0|[1-9]\d*))$/.test(value), 'must be "latest" or "v1.x"'),
    ];
  });
}

function at(object: ServerObject, path: readonly string[]): unknown {
  return path.reduce<unknown>((inner, name) => fieldsOf(inner)[name], object);
}

function violationsOf(
  level: string,
  spec: { [field: string]: unknown },
  annotations: { readonly [key: string]: string },
): Violation[] {
  const checks = level === 'baseline' ? baseline : level === 'restricted' ? [...baseline, ...restricted] : [];
  return checks.map((check) => check(spec, annotations)).filter((violation) => violation !== undefined);
}

function told(violations: readonly Violation[]): string {
  return violations.map(({ reason, detail }) => `${reason} (${detail})`).join(', ');
}
