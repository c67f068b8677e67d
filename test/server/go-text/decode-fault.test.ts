import { describe, expect, it } from 'vitest';
import { decodeFault } from '../../../src/server/go-text/decode-fault.js';

describe('a value that does not decode', () => {
  const cases: [title: string, type: string, value: unknown, text: string | undefined][] = [
    [
      'names the type of the field',
      'core/v1.Secret',
      { type: { a: 1 } },
      'json: cannot unmarshal object into Go struct field Secret.type of type v1.SecretType',
    ],
    [
      'names lists and their items',
      'certificates/v1.CertificateSigningRequest',
      { spec: { usages: ['any', 1] } },
      'json: cannot unmarshal number into Go struct field CertificateSigningRequestSpec.spec.usages of type v1.KeyUsage',
    ],
    [
      'names maps with a name of their own',
      'core/v1.ResourceQuota',
      { spec: { hard: 5 } },
      'json: cannot unmarshal number into Go struct field ResourceQuotaSpec.spec.hard of type v1.ResourceList',
    ],
    [
      'leaves keys of maps out of the path',
      'core/v1.ConfigMap',
      { data: { a: 1 } },
      'json: cannot unmarshal number into Go struct field ConfigMap.data of type string',
    ],
    [
      'takes embedded structs for steps of the path',
      'core/v1.Pod',
      { spec: { volumes: [{ name: 'v', configMap: { name: 1 } }] } },
      'json: cannot unmarshal number into Go struct field ConfigMapVolumeSource.spec.volumes.VolumeSource.configMap.LocalObjectReference.name of type string',
    ],
    [
      'quotes numbers that an integer cannot hold',
      'apps/v1.Deployment',
      { spec: { replicas: 1.5 } },
      'json: cannot unmarshal number 1.5 into Go struct field DeploymentSpec.spec.replicas of type int32',
    ],
    [
      'reports the first wrong type in the order of the text',
      'core/v1.Pod',
      { spec: { nodeName: 1 }, metadata: { name: 1 } },
      'json: cannot unmarshal number into Go struct field PodSpec.spec.nodeName of type string',
    ],
    [
      'ends with a time that cannot be read, even after a wrong type',
      'core/v1.Pod',
      { spec: 1, metadata: { creationTimestamp: '+1' } },
      'parsing time "+1" as "2006-01-02T15:04:05Z07:00": cannot parse "+1" as "2006"',
    ],
    [
      'reads whatever stands in place of a quantity as one',
      'core/v1.Node',
      { status: { capacity: { cpu: [{}] } } },
      "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
    ],
    [
      'reports the type of a text where a time should be',
      'coordination/v1.Lease',
      { spec: { acquireTime: {} } },
      'json: cannot unmarshal object into Go struct field LeaseSpec.spec.acquireTime of type string',
    ],
    [
      'takes everything but a text for a number where either may be',
      'policy/v1.PodDisruptionBudget',
      { spec: { maxUnavailable: [] } },
      'json: cannot unmarshal array into Go struct field PodDisruptionBudgetSpec.spec.maxUnavailable of type int32',
    ],
    [
      'finds faults in schemas inside schemas',
      'apiextensions/v1.JSONSchemaProps',
      { properties: { a: { items: { properties: true } } } },
      'json: cannot unmarshal bool into Go struct field JSONSchemaProps.properties.items.properties of type map[string]v1.JSONSchemaProps',
    ],
    ['has none if everything fits', 'core/v1.Pod', { spec: { containers: null, unknown: 1 } }, undefined],
    ['names the whole value', 'core/v1.Pod', [], 'json: cannot unmarshal array into Go value of type v1.Pod'],
  ];
  it.each(cases)('%s', (_title, type, value, text) => {
    expect(decodeFault(type, value)).toBe(text);
  });

  it.each([
    ['5', 0],
    ['1Ki5', undefined],
    ['x=y', 1],
    ['YQ', 0],
    ['YQ=', 3],
    ['YQ==x', 4],
    ['!!', 0],
    ['ünï', 0],
    ['YW\nJj', undefined],
  ])('tells where base64 is broken: %j', (data, at) => {
    const text = at === undefined ? undefined : `illegal base64 data at input byte ${at}`;
    expect(decodeFault('core/v1.Secret', { data: { data } })).toBe(text);
  });
});
