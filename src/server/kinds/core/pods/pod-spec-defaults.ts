import { fieldsOf, objectsOf, textOf } from '../../../../util/json-fields.js';
import type { JsonObject } from '../../../../util/json-value.js';
import { setDefault } from '../../../object/set-default.js';
import { defaultPodResources } from './pod-level-resources.js';

/** Fills in what a pod spec leaves out. Of a pod (`isPod`) a little more is settled than of the template of a workload. */
export function defaultPodSpec(spec: JsonObject, isPod: boolean): void {
  setDefault(spec, 'restartPolicy', 'Always');
  setDefault(spec, 'dnsPolicy', 'ClusterFirst');
  setDefault(spec, 'terminationGracePeriodSeconds', 30);
  setDefault(spec, 'securityContext', {});
  setDefault(spec, 'schedulerName', 'default-scheduler');
  // Two names of one field: the newer one counts, the older one follows.
  const account = textOf(spec.serviceAccountName) || textOf(spec.serviceAccount);
  if (account !== '') Object.assign(spec, { serviceAccountName: account, serviceAccount: account });
  for (const list of ['initContainers', 'containers', 'ephemeralContainers']) {
    for (const container of objectsOf(spec[list])) {
      defaultContainer(container);
      if (isPod) settleContainer(container, spec.hostNetwork === true);
    }
  }
  if (isPod) defaultPodResources(spec);
  for (const volume of objectsOf(spec.volumes)) defaultVolume(volume);
}

/** Fills in a pod template: its spec, and an empty place for metadata. */
export function defaultTemplate(template: JsonObject): void {
  if (template.spec === undefined || template.spec === null) return;
  defaultPodSpec(fieldsOf(template.spec), false);
}

/** Applies the defaults that depend on the pod: its containers' requests and, in the network of the node, their ports. */
function settleContainer(container: JsonObject, hostNetwork: boolean): void {
  defaultRequests(fieldsOf(container.resources));
  if (!hostNetwork) return;
  for (const port of objectsOf(container.ports)) setDefault(port, 'hostPort', port.containerPort);
}

/**
 * Lets go of fields of features that are not on by default, unless the state before (an empty one for what is new) has them.
 * Ownership has been told by then: who wrote them still owns them.
 */
export function dropDisabled(spec: JsonObject, before: JsonObject): void {
  if (before.schedulingGroup === undefined) delete spec.schedulingGroup;
  if (!bundlesIn(before).some((source) => source.clusterTrustBundle !== undefined))
    for (const source of bundlesIn(spec)) delete source.clusterTrustBundle;
  const lists = ['initContainers', 'containers', 'ephemeralContainers'];
  const signals = (of: JsonObject): boolean =>
    lists.some((list) => objectsOf(of[list]).some(({ lifecycle }) => fieldsOf(lifecycle).stopSignal !== undefined));
  if (signals(before)) return;
  for (const container of lists.flatMap((list) => objectsOf(spec[list]))) {
    if (container.lifecycle === undefined) continue;
    const lifecycle = fieldsOf(container.lifecycle);
    if (lifecycle.stopSignal === undefined) continue;
    delete lifecycle.stopSignal;
    if (Object.keys(lifecycle).length === 0) delete container.lifecycle;
  }
}

function bundlesIn(spec: JsonObject): JsonObject[] {
  return objectsOf(spec.volumes).flatMap(({ projected }) => objectsOf(fieldsOf(projected).sources));
}

function defaultContainer(container: JsonObject): void {
  setDefault(container, 'terminationMessagePath', '/dev/termination-log');
  setDefault(container, 'terminationMessagePolicy', 'File');
  setDefault(container, 'imagePullPolicy', pullPolicy(textOf(container.image)));
  for (const port of objectsOf(container.ports)) {
    setDefault(port, 'protocol', 'TCP');
  }
  for (const { valueFrom } of objectsOf(container.env)) defaultFieldRef(fieldsOf(valueFrom));
  for (const name of ['livenessProbe', 'readinessProbe', 'startupProbe']) {
    if (container[name] !== undefined) defaultProbe(fieldsOf(container[name]));
  }
  const lifecycle = fieldsOf(container.lifecycle);
  for (const hook of ['postStart', 'preStop']) defaultHttpGet(fieldsOf(lifecycle[hook]));
}

/** Images without a tag, and those called latest, may be another one tomorrow. */
function pullPolicy(image: string): string {
  if (image.includes('@') || !isReference(image)) return 'IfNotPresent';
  const last = image.slice(image.lastIndexOf('/') + 1);
  const tag = last.includes(':') ? last.slice(last.indexOf(':') + 1) : 'latest';
  return tag === 'latest' ? 'Always' : 'IfNotPresent';
}

/** Reports whether a text can be the name of an image. */
function isReference(image: string): boolean {
  const part = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
  const host =
    '(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?(?:\\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*(?::[0-9]+)?/)?';
  return (
    image.length <= 255 &&
    new RegExp(`^${host}${part}(?:/${part})*(?::[a-zA-Z0-9_][a-zA-Z0-9_.-]{0,127})?$`).test(image)
  );
}

/** Copies limits to missing requests. */
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
  if (volume.image !== undefined) {
    const image = fieldsOf(volume.image);
    setDefault(image, 'pullPolicy', pullPolicy(textOf(image.reference)));
  }
  if (volume.azureDisk !== undefined) setDefault(fieldsOf(volume.azureDisk), 'readOnly', false);
  const iscsi = volume.iscsi === undefined ? undefined : fieldsOf(volume.iscsi);
  if (iscsi !== undefined) setDefault(iscsi, 'iscsiInterface', 'default');
  const template = fieldsOf(fieldsOf(volume.ephemeral).volumeClaimTemplate);
  if (template.spec !== undefined) setDefault(fieldsOf(template.spec), 'volumeMode', 'Filesystem');
}
