import { describe, expect, it } from 'vitest';
import { keyPairWarnings } from '../../../src/server/kinds/core/key-pairs.js';
import { termWarnings } from '../../../src/server/kinds/core/pods/pod-warnings.js';
import { overlapWarnings } from '../../../src/server/kinds/core/pods/volume-warnings.js';
import { persistentVolumeClaims, persistentVolumes } from '../../../src/server/kinds/storage.k8s.io/storage-kinds.js';
import { cidrProblems, cidrWarnings, ipProblems, ipWarnings } from '../../../src/server/validation/addresses.js';
import { TestServer } from '../client.js';

const pem = (label: string) => btoa(`-----BEGIN ${label}-----\nAAAA\n-----END ${label}-----\n`);

describe('Warnings', () => {
  it('tell of a template what they tell of its pods, when it is new and when it has changed', async () => {
    const server = new TestServer();
    const path = '/apis/apps/v1/namespaces/default/deployments';
    const template = {
      metadata: { labels: { app: 'web' } },
      spec: { nodeSelector: { 'beta.kubernetes.io/os': 'linux' }, containers: [{ name: 'c', image: 'i' }] },
    };
    const spec = { selector: { matchLabels: { app: 'web' } }, template };
    const made = await server.ask('POST', path, { metadata: { name: 'web.one' }, spec });
    expect(made.headers.warning).toEqual([
      expect.stringContaining('metadata.name: this is used in Pod names and hostnames'),
      expect.stringContaining('spec.template.spec.nodeSelector[beta.kubernetes.io/os]'),
    ]);
    const labelled = { ...made.body, metadata: { ...made.body.metadata, labels: { a: 'b' } } };
    const same = await server.ask('PUT', `${path}/web.one`, labelled);
    expect(same.headers.warning).toBeUndefined();
    const scaled = { ...same.body, spec: { ...same.body.spec, replicas: 2 } };
    expect((await server.ask('PUT', `${path}/web.one`, scaled)).headers.warning).toHaveLength(1);
  });

  it('tell of files of one volume that lie in each other’s way', () => {
    const items = [
      { key: 'a', path: 'x' },
      { key: 'b', path: 'x/y' },
    ];
    const volumes = [
      { name: 'v', configMap: { name: 'c', items } },
      { name: 'p', projected: { sources: [{}] } },
    ];
    expect(overlapWarnings({ volumes })).toEqual([
      'volume "v" (ConfigMap "c"): overlapping paths: "x/y" with "x"',
      'volume "p" (Projected) has no sources provided',
    ]);
  });

  it('tell of certificates and keys that are none, or were switched', () => {
    const of = (crt: string, key: string) => keyPairWarnings({ 'tls.crt': crt, 'tls.key': key });
    expect(of('aGk=', 'aGk=')).toEqual(['tls: failed to find any PEM data in certificate input']);
    expect(of(pem('PRIVATE KEY'), pem('CERTIFICATE'))[0]).toContain('may have been switched');
    expect(of(pem('CERTIFICATE'), pem('CERTIFICATE'))[0]).toContain('found a certificate rather than a key');
  });

  it('tell of volumes of kinds that are gone, and of claims to parts of a byte', () => {
    const spec = { persistentVolumeReclaimPolicy: 'Recycle', rbd: {} };
    expect(persistentVolumes.warnings?.({ metadata: {}, spec }, undefined)).toHaveLength(2);
    const claim = { metadata: {}, spec: { resources: { requests: { storage: '1500m' } } } };
    expect(persistentVolumeClaims.warnings?.(claim, undefined)).toHaveLength(1);
  });

  it('tell of values that no label can have, where only preferences are at stake', () => {
    const term = { matchExpressions: [{ key: 'a', operator: 'In', values: ['not so!'] }] };
    expect(termWarnings(term, 'p', true)).toHaveLength(1);
    expect(termWarnings(term, 'p')).toEqual([]);
  });
});

describe('Addresses and networks', () => {
  const why = (errors: readonly { message: string }[]) =>
    errors.map(({ message }) => message.replace(/^.*?: .*?: /, ''));

  it('have no zeros in front, are no IPv4 address in disguise, and end where the prefix does', () => {
    expect(ipProblems('f', '10.1.2.3')).toEqual([]);
    expect(why(ipProblems('f', '10.01.2.3'))).toEqual(['must not have leading 0s']);
    expect(why(ipProblems('f', '::ffff:10.1.2.3'))).toEqual(['must not be an IPv4-mapped IPv6 address']);
    for (const good of ['10.0.0.0/8', '2001:db8::/32', '::/0', '192.0.2.1/32'])
      expect(cidrProblems('f', good)).toEqual([]);
    expect(why(cidrProblems('f', '10.0.0.1/8'))).toEqual(['must not have bits set beyond the prefix length']);
    expect(why(cidrProblems('f', '2001:db8::1/64'))).toEqual(['must not have bits set beyond the prefix length']);
    expect(why(cidrProblems('f', '10.0.0.0/08'))).toEqual(['must not have leading 0s in IP or prefix length']);
  });

  it('are warned of when they are not in their canonical form', () => {
    expect(ipWarnings('f', '2001:DB8::1')).toHaveLength(1);
    expect(ipWarnings('f', '2001:db8::1')).toEqual([]);
    expect(cidrWarnings('f', '2001:DB8::/32')[0]).toContain('"2001:db8::/32"');
  });
});
