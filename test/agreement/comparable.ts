import type { RecordedAnswer } from './cases.js';

/** The fields of metadata that every server fills in by itself. */
const ownMeta = new Set(['uid', 'resourceVersion', 'creationTimestamp', 'deletionTimestamp']);
const times = new Set([
  'lastTransitionTime',
  'lastUpdateTime',
  'lastProbeTime',
  'startTime',
  'lastHeartbeatTime',
  'timeAdded',
  'lastPhaseTransitionTime',
]);

/** Returns an answer in the form in which those of two servers can be compared. */
export function comparable({ status, warnings, body }: RecordedAnswer): RecordedAnswer {
  return { status, warnings: warnings.map(withoutAccidents), body: comparableValue(body, '') };
}

function comparableValue(value: unknown, parent: string): unknown {
  if (typeof value === 'string') return withoutAccidents(value);
  if (Array.isArray(value)) return value.map((item) => comparableValue(item, parent));
  if (typeof value !== 'object' || value === null) return value;
  const generated = parent === 'metadata' && 'generateName' in value;
  const entries = Object.entries(value).flatMap(([key, inner]): [string, unknown][] => {
    if (parent === 'metadata' && ownMeta.has(key)) return [];
    if (key === 'time' && 'fieldsV1' in value) return [];
    if (key === 'clusterIP' || key === 'clusterIPs')
      return [[key, JSON.stringify(inner).includes('None') ? inner : 'IP']];
    if (key === 'nodePort' || key === 'healthCheckNodePort') return [[key, 'PORT']];
    if (key === 'name' && generated) return [[key, 'GENERATED']];
    if (times.has(key)) return [[key, 'TIME']];
    return [[key, comparableValue(inner, key)]];
  });
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** A text without the versions, addresses, identities and times of one server. */
function withoutAccidents(text: string): string {
  return text
    .replace(/(resourceVersion\\*"\s*:\s*\\*")\d+/g, '$1VERSION')
    .replace(/(clusterIPs?\\*"\s*:\s*\[?\\*")10\.0\.\d+\.\d+/g, '$1IP')
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, 'UID')
    .replace(/kube-api-access-[a-z0-9]{5}/g, 'kube-api-access-X')
    .replace(/20(2[6-9])-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, 'TIME')
    .replace(/\b(resourceVersion|ResourceVersion)[:=] ?"?\d+"?/g, '$1 VERSION');
}
