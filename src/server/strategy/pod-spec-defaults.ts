import { fieldsOf, objectsOf, textOf } from '../fields.js';
import type { JsonObject } from '../patch/json-value.js';

/** Sets a field that is not there. */
export function setDefault(object: JsonObject, field: string, value: unknown): void {
  if (object[field] === undefined || object[field] === null) object[field] = value;
}

/** The object in a field, put there if there is none. */
export function ensure(object: JsonObject, field: string): JsonObject {
  const inner = fieldsOf(object[field]);
  object[field] = inner;
  return inner;
}

/** Fills in what a pod spec leaves out, in pods and in the templates of workloads alike. */
export function defaultPodSpec(spec: JsonObject): void {
  setDefault(spec, 'restartPolicy', 'Always');
  setDefault(spec, 'dnsPolicy', 'ClusterFirst');
  setDefault(spec, 'terminationGracePeriodSeconds', 30);
  setDefault(spec, 'securityContext', {});
  setDefault(spec, 'schedulerName', 'default-scheduler');
  // Two names of one field: the newer one counts, the older one follows.
  const account = textOf(spec.serviceAccountName) || textOf(spec.serviceAccount);
  if (account !== '') Object.assign(spec, { serviceAccountName: account, serviceAccount: account });
  for (const list of ['initContainers', 'containers', 'ephemeralContainers']) {
    for (const container of objectsOf(spec[list])) defaultContainer(container, spec.hostNetwork === true);
  }
  for (const volume of objectsOf(spec.volumes)) defaultVolume(volume);
}

/** Fills in a pod template: its spec, and an empty place for metadata. */
export function defaultTemplate(template: JsonObject): void {
  if (template.spec === undefined || template.spec === null) return;
  defaultPodSpec(fieldsOf(template.spec));
}

function defaultContainer(container: JsonObject, hostNetwork: boolean): void {
  setDefault(container, 'terminationMessagePath', '/dev/termination-log');
  setDefault(container, 'terminationMessagePolicy', 'File');
  setDefault(container, 'imagePullPolicy', pullPolicy(textOf(container.image)));
  for (const port of objectsOf(container.ports)) {
    setDefault(port, 'protocol', 'TCP');
    if (hostNetwork) setDefault(port, 'hostPort', port.containerPort);
  }
  for (const { valueFrom } of objectsOf(container.env)) defaultFieldRef(fieldsOf(valueFrom));
  for (const name of ['livenessProbe', 'readinessProbe', 'startupProbe']) {
    if (container[name] !== undefined) defaultProbe(fieldsOf(container[name]));
  }
  const lifecycle = fieldsOf(container.lifecycle);
  for (const hook of ['postStart', 'preStop']) defaultHttpGet(fieldsOf(lifecycle[hook]));
  defaultRequests(fieldsOf(container.resources));
}

/** Images without a tag, and those called latest, may be another one tomorrow. */
function pullPolicy(image: string): string {
  if (image.includes('@')) return 'IfNotPresent';
  const last = image.slice(image.lastIndexOf('/') + 1);
  const tag = last.includes(':') ? last.slice(last.indexOf(':') + 1) : 'latest';
  return tag === 'latest' ? 'Always' : 'IfNotPresent';
}

/** What is limited and not requested is requested up to the limit. */
function defaultRequests(resources: JsonObject): void {
  const limits = Object.entries(fieldsOf(resources.limits));
  if (limits.length === 0) return;
  const requests = fieldsOf(resources.requests);
  for (const [name, value] of limits) setDefault(requests, name, value);
  resources.requests = requests;
}

function defaultProbe(probe: JsonObject): void {
  for (const [field, value] of [
    ['timeoutSeconds', 1],
    ['periodSeconds', 10],
    ['successThreshold', 1],
    ['failureThreshold', 3],
  ] as const) {
    if (probe[field] === 0) delete probe[field];
    setDefault(probe, field, value);
  }
  defaultHttpGet(probe);
  const grpc = fieldsOf(probe.grpc);
  if (Object.keys(grpc).length > 0) setDefault(grpc, 'service', '');
}

function defaultHttpGet(handler: JsonObject): void {
  const get = fieldsOf(handler.httpGet);
  if (Object.keys(get).length === 0) return;
  if (get.path === '') delete get.path;
  setDefault(get, 'path', '/');
  setDefault(get, 'scheme', 'HTTP');
}

function defaultFieldRef(source: JsonObject): void {
  const ref = fieldsOf(source.fieldRef);
  if (Object.keys(ref).length > 0) setDefault(ref, 'apiVersion', 'v1');
}

const fileMode = 0o644;

function defaultVolume(volume: JsonObject): void {
  const sources = Object.keys(volume).filter((key) => key !== 'name');
  if (sources.length === 0) volume.emptyDir = {};
  for (const kind of ['configMap', 'secret', 'projected', 'downwardAPI']) {
    if (volume[kind] !== undefined) setDefault(fieldsOf(volume[kind]), 'defaultMode', fileMode);
  }
  if (volume.hostPath !== undefined) setDefault(fieldsOf(volume.hostPath), 'type', '');
  for (const item of objectsOf(fieldsOf(volume.downwardAPI).items)) defaultFieldRef(item);
  for (const source of objectsOf(fieldsOf(volume.projected).sources)) {
    for (const item of objectsOf(fieldsOf(source.downwardAPI).items)) defaultFieldRef(item);
    if (source.serviceAccountToken !== undefined)
      setDefault(fieldsOf(source.serviceAccountToken), 'expirationSeconds', 3_600);
  }
  const iscsi = volume.iscsi === undefined ? undefined : fieldsOf(volume.iscsi);
  if (iscsi !== undefined) setDefault(iscsi, 'iscsiInterface', 'default');
  const template = fieldsOf(fieldsOf(volume.ephemeral).volumeClaimTemplate);
  if (template.spec !== undefined) setDefault(fieldsOf(template.spec), 'volumeMode', 'Filesystem');
}
