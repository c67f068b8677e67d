import { expect, it } from 'vitest';
import { withSwagger } from '../../../src/server/openapi/index.js';

const ref = (name: string) => ({ $ref: `#/definitions/${name}` });
const own = {
  swagger: '2.0',
  paths: { '/api/v1/a': { get: ref('Meta') } },
  definitions: { Meta: { type: 'object' }, Shared: { type: 'string' } },
};

it('adds the paths of another server with the definitions that they use', () => {
  const other = {
    paths: {
      '/apis/x/v1/': { get: {} },
      '/apis/x/v1/things': { get: ref('Thing') },
      '/apis/y/v1/others': { get: ref('Other') },
      '/api/v1/a': { get: {} },
    },
    definitions: {
      Thing: { properties: { meta: ref('Meta'), shared: ref('Shared'), self: ref('Thing') } },
      Meta: { type: 'integer' },
      Shared: { type: 'string' },
      Other: {},
    },
  };
  expect(withSwagger(own, other, '/apis/x/v1/')).toEqual({
    swagger: '2.0',
    paths: { ...own.paths, '/apis/x/v1/': { get: {} }, '/apis/x/v1/things': { get: ref('Thing') } },
    definitions: {
      ...own.definitions,
      Meta_v2: { type: 'integer' },
      Thing: { properties: { meta: ref('Meta_v2'), shared: ref('Shared'), self: ref('Thing') } },
    },
  });
});

it('takes nothing from a document without sense', () => {
  expect(withSwagger(own, { paths: [], definitions: 'x' }, '/apis/x/v1/')).toEqual(own);
});
