import type { OpenApiSchema } from '../../src/codegen/document.js';
import type { CustomResourceDefinition } from '../../src/codegen/from-crd.js';

const spec: OpenApiSchema = {
  type: 'object',
  description: 'What is wanted.',
  required: ['host'],
  properties: {
    replicas: { type: 'integer', default: 1, minimum: 0 },
    host: { type: 'string', pattern: '^[a-z.]+$', description: 'Where it is served. */ export {' },
    port: { 'x-kubernetes-int-or-string': true, anyOf: [{ type: 'integer' }, { type: 'string' }] },
    limits: {
      type: 'object',
      additionalProperties: { 'x-kubernetes-int-or-string': true, anyOf: [{ type: 'integer' }, { type: 'string' }] },
    },
    ports: { type: 'array', items: { 'x-kubernetes-int-or-string': true } },
    maybe: { 'x-kubernetes-int-or-string': true, nullable: true },
    bare: { 'x-kubernetes-int-or-string': true },
    mode: { type: 'string', enum: ['fast', 'slow', "it's"] },
    level: { type: 'integer', enum: [1, 2, -3] },
    note: { type: 'string', nullable: true },
    free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
    open: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true, properties: { a: { type: 'string' } } },
    rules: {
      type: 'array',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['name'],
      items: {
        type: 'object',
        required: ['name'],
        properties: {
          name: { type: 'string' },
          'odd-key': { type: 'boolean' },
          deep: {
            type: 'array',
            items: { type: 'array', items: { type: 'object', properties: { x: { type: 'number' } } } },
          },
        },
      },
    },
    labels: { type: 'object', additionalProperties: { type: 'string' } },
    mirrors: { type: 'object', additionalProperties: { type: 'object', properties: { url: { type: 'string' } } } },
    either: {
      type: 'object',
      properties: { a: { type: 'string' }, b: { type: 'string' } },
      oneOf: [{ required: ['a'] }, { required: ['b'] }],
    },
    bounded: { type: 'integer', anyOf: [{ minimum: 10 }, { maximum: 5 }], not: { enum: [3] } },
    anything: {},
  },
};

/** A definition with every turn a structural schema may take, and names that collide with the machinery's. */
export const website: CustomResourceDefinition = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'websites.stable.example.com' },
  spec: {
    group: 'stable.example.com',
    scope: 'Namespaced',
    names: { kind: 'Website', plural: 'websites', shortNames: ['ws'], categories: ['all'] },
    versions: [
      {
        name: 'v1',
        served: true,
        subresources: { status: {}, scale: {} },
        schema: {
          openAPIV3Schema: {
            type: 'object',
            description: 'A website.',
            required: ['spec'],
            properties: {
              status: { type: 'object', properties: { ready: { type: 'boolean' } } },
              spec,
              metadata: { type: 'object' },
            },
          },
        },
      },
      { name: 'v1alpha1', served: true, schema: { openAPIV3Schema: { type: 'object' } } },
      { name: 'v0', served: false, schema: { openAPIV3Schema: { type: 'object' } } },
    ],
  },
};

export const status: CustomResourceDefinition = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'resources.example.org' },
  spec: {
    group: 'example.org',
    scope: 'Cluster',
    names: { kind: 'Resource', plural: 'resources' },
    versions: [
      {
        name: 'v1beta1',
        served: true,
        subresources: { status: {} },
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: { spec: { type: 'object', properties: { x: { type: 'string' } } } },
          },
        },
      },
    ],
  },
};
