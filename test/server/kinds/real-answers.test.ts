import { describe, expect, it } from 'vitest';
import { rootSchemaProblems } from '../../../src/server/custom/schema-rules.js';
import { osProblems } from '../../../src/server/kinds/core/pods/platform-problems.js';
import { podSpecProblems } from '../../../src/server/kinds/core/pods/pod-spec.js';
import { metaProblems, subdomainName } from '../../../src/server/validation/meta-problems.js';

const container = (fields: object = {}) => ({ name: 'c', image: 'i', ...fields });
const fieldsOf = (errors: readonly { field: string }[]) => errors.map(({ field }) => field);
const lines = (errors: readonly { field: string; message: string }[]) =>
  errors.map(({ field, message }) => `${field}: ${message}`);

// Each answer here is one of a real kube-apiserver 1.36 to the same object.
describe('a pod', () => {
  it('of Windows has nothing that only Linux has', () => {
    const securityContext = { runAsUser: 1, fsGroup: 5, sysctls: [{ name: 'a' }], supplementalGroups: [] };
    const spec = {
      os: { name: 'windows' },
      hostPID: true,
      hostIPC: false,
      securityContext,
      containers: [container({ securityContext: { privileged: false } })],
      initContainers: [container({ securityContext: { capabilities: {} } })],
    };
    expect(fieldsOf(osProblems(spec, 'spec'))).toEqual([
      ...['spec.hostPID', 'spec.securityContext.fsGroup', 'spec.securityContext.sysctls'],
      ...['spec.securityContext.runAsUser', 'spec.initContainers[0].securityContext.capabilities'],
      'spec.containers[0].securityContext.privileged',
    ]);
    expect(lines(osProblems(spec, 'spec'))[0]).toBe('spec.hostPID: Forbidden: cannot be set for a windows pod');
  });

  it('of Linux has no options of Windows', () => {
    const spec = {
      os: { name: 'linux' },
      securityContext: { windowsOptions: {} },
      containers: [container({ securityContext: { windowsOptions: {} } })],
    };
    expect(lines(osProblems(spec, 'spec'))).toEqual([
      'spec.securityContext.windowsOptions: Forbidden: windows options cannot be set for a linux pod',
      'spec.containers[0].securityContext.windowsOptions: Forbidden: windows options cannot be set for a linux pod',
    ]);
  });

  it('with users of its own shares no namespace with the node, and may unmask /proc', () => {
    const unmasked = container({ securityContext: { procMount: 'Unmasked' } });
    const errors = podSpecProblems({ hostUsers: false, hostPID: true, hostIPC: true, containers: [unmasked] }, 'spec');
    expect(lines(errors)).toContain('spec.HostPID: Forbidden: when `hostUsers` is false');
    expect(fieldsOf(errors)).not.toContain('spec.containers[0].securityContext.procMount');
    const other = podSpecProblems({ containers: [unmasked] }, 'spec');
    expect(fieldsOf(other)).toContain('spec.containers[0].securityContext.procMount');
  });

  it('has HostProcess containers only, or none', () => {
    const windowsOptions = { hostProcess: true };
    const spec = { containers: [container({ securityContext: { windowsOptions } }), container({ name: 'd' })] };
    expect(lines(podSpecProblems(spec, 'spec'))).toEqual(
      expect.arrayContaining([
        'spec: Invalid value: "": If pod contains any hostProcess containers then all containers must be HostProcess containers',
        'spec.hostNetwork: Invalid value: false: hostNetwork must be true if pod contains any hostProcess containers',
      ]),
    );
  });
});

describe('metadata', () => {
  it('is refused for a second controller before the next owner is looked at', () => {
    const ownerReferences = [
      { apiVersion: 'v1', kind: 'Pod', name: 'a', uid: '1', controller: true },
      { apiVersion: 'v1', kind: 'Pod', name: 'b', uid: '2', controller: true },
      { apiVersion: 'v1', kind: 'Event', name: 'c', uid: '3' },
    ];
    const errors = metaProblems({ name: 'x', namespace: 'y', ownerReferences }, subdomainName, true);
    expect(errors.map(({ message }) => message.replace(/^.*: /, ''))).toEqual([
      'Only one reference can have Controller set to true. Found "true" in references for Pod/a and Pod/b',
      '/v1, Kind=Event is disallowed from being an owner',
    ]);
  });

  it('is refused for two finalizers that contradict each other', () => {
    const finalizers = ['x', 'orphan', 'foregroundDeletion'];
    const errors = metaProblems({ name: 'x', namespace: 'y', finalizers }, subdomainName, true);
    expect(lines(errors)).toEqual([
      'metadata.finalizers: Invalid value: ["x","orphan","foregroundDeletion"]: finalizer orphan and foregroundDeletion cannot be both set',
      'metadata.finalizers[0]: Invalid value: "x": name is neither a standard finalizer name nor is it fully qualified',
    ]);
  });
});

describe('a schema with a keyword that no structural schema has', () => {
  it('is refused for its keywords alone', () => {
    const schema = { type: 'object', properties: { a: { $ref: '#/x' }, b: {}, c: { type: 'array' } } };
    expect(lines(rootSchemaProblems(schema, 'schema', false))).toEqual([
      'schema.properties[a].$ref: Forbidden: $ref is not supported',
    ]);
  });
});
