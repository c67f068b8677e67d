import { defineResource, defineVersion, listMap, type ResourceType, rule } from 'keelson/crd';
import { z } from 'zod';

/** A kind that has something of everything. */
export const Website = defineResource({
  group: 'example.com',
  version: 'v1',
  kind: 'Website',
  scope: 'Namespaced',
  shortNames: ['ws'],
  categories: ['all'],
  description: 'A website that somebody runs.',
  spec: z.object({
    host: z.hostname().describe('Where it is found.'),
    replicas: z.int().min(0).default(1),
    ports: z
      .array(z.object({ name: z.string().min(1), port: z.int().min(1).max(65535) }))
      .max(10)
      .check(listMap('name'))
      .optional(),
    labels: z.record(z.string(), z.string()).optional(),
    tls: z.enum(['none', 'issued']).nullable().default('none'),
  }),
  status: z.object({ ready: z.boolean(), replicas: z.int().optional() }),
  rules: [{ rule: 'size(self.metadata.name) < 30', message: 'the name is too long' }],
  printerColumns: [
    { name: 'Host', path: '.spec.host' },
    { name: 'Replicas', path: '.spec.replicas' },
    { name: 'Age', path: '.metadata.creationTimestamp' },
  ],
  selectableFields: ['.spec.host'],
  scale: { specReplicasPath: '.spec.replicas', statusReplicasPath: '.status.replicas' },
});
export type Website = ResourceType<typeof Website>;

/** The version before it. */
export const OldWebsite = defineVersion(Website, {
  version: 'v1beta1',
  deprecated: true,
  spec: z.object({ hostname: z.string(), count: z.int().default(1) }).check(rule("self.hostname != ''")),
  status: z.object({ ready: z.boolean() }),
  toStored: ({ spec, status }) => ({ spec: { host: spec.hostname, replicas: spec.count }, status }),
  fromStored: ({ spec, status }) => ({ spec: { hostname: spec.host, count: spec.replicas }, status }),
});
