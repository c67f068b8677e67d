import { defineResource, listMap, type ResourceType } from 'keelson/crd';
import { z } from 'zod';

/** A condition as the API has them, for `setStatusCondition` to keep. */
const condition = z.object({
  type: z.string(),
  status: z.enum(['True', 'False', 'Unknown']),
  observedGeneration: z.int().optional(),
  lastTransitionTime: z.iso.datetime(),
  reason: z.string(),
  message: z.string(),
});

/** The kind that users create: a site under a host of its own. */
export const Website = defineResource({
  group: 'example.com',
  version: 'v1',
  kind: 'Website',
  scope: 'Namespaced',
  shortNames: ['ws'],
  spec: z.object({
    host: z.hostname().describe('Where it is found. No two websites of a cluster have the same.'),
    image: z.string().min(1).default('registry.example.com/web:1').describe('What serves it, on port 8080.'),
    replicas: z.int().min(0).max(50).default(1),
  }),
  status: z.object({
    observedGeneration: z.int().optional(),
    readyReplicas: z.int().default(0),
    conditions: z.array(condition).check(listMap('type')).default([]),
  }),
  printerColumns: [
    { name: 'Host', path: '.spec.host' },
    { name: 'Ready', path: '.status.conditions[?(@.type=="Ready")].status' },
  ],
});
export type Website = ResourceType<typeof Website>;
