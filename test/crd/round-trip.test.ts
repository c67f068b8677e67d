import fc from 'fast-check';
import { type Cluster, isInvalid } from 'keelson';
import { customResourceDefinitions, defineResource, install } from 'keelson/crd';
import { startServer } from 'keelson/server';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { arbitrarySpec } from './arbitrary-definitions.js';

let count = 0;

/** Returns a spec as the server would store it, or undefined if it refuses it. */
async function ask(cluster: Cluster, kind: ReturnType<typeof define>, spec: unknown): Promise<unknown> {
  const things = cluster.resource(kind).in('default');
  try {
    // The types know nothing of what chance has put together.
    const object = { metadata: { name: 'x' }, spec } as Parameters<typeof things.create>[0];
    return (await things.create(object, { dryRun: true, fieldValidation: 'Ignore' })).spec;
  } catch (error) {
    if (!isInvalid(error)) throw error;
    return undefined;
  }
}

function define(spec: Parameters<typeof defineResource>[0]['spec']) {
  count++;
  return defineResource({ group: 'example.com', version: 'v1', kind: `Thing${count}`, scope: 'Namespaced', spec });
}

/** The spec as parsing on this side leaves it; undefined where it refuses. */
function parsed(kind: ReturnType<typeof define>, spec: unknown): unknown {
  try {
    return kind.parse({ spec }).spec;
  } catch (error) {
    if (error instanceof z.ZodError) return undefined;
    throw error;
  }
}

/** Reports whether a value contains a value of the union among the arbitrary schemas. */
function hasUnion(value: unknown): boolean {
  return JSON.stringify(value)?.includes('"type":') === true;
}

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value)) as unknown;

it('what zod takes the server takes, with the same defaults, and what zod refuses it refuses', async () => {
  await using server = await startServer();
  await using cluster = await server.connect();
  const seen = { taken: 0, refused: 0 };
  await fc.assert(
    fc.asyncProperty(
      arbitrarySpec.chain(({ schema, value }) =>
        fc.tuple(fc.constant(schema), fc.array(value, { minLength: 12, maxLength: 12 })),
      ),
      async ([schema, values]) => {
        const kind = define(schema);
        await install(cluster, [kind]);
        for (const spec of values) {
          const own = parsed(kind, spec);
          const kept = await ask(cluster, kind, spec);
          const context = () =>
            JSON.stringify(
              { spec, own, kept, schema: kind.definition.spec.versions[0]?.schema.openAPIV3Schema.properties?.spec },
              undefined,
              1,
            );
          expect(kept !== undefined, context()).toBe(own !== undefined);
          // Fields of another option of a union are kept by the server; parsing drops them, and nothing else may differ.
          if (own !== undefined) expect(plain(kind.parse({ spec: kept }).spec), context()).toEqual(plain(own));
          if (own !== undefined && !hasUnion(kept)) expect(plain(kept), context()).toEqual(plain(own));
          if (own === undefined) seen.refused++;
          else seen.taken++;
        }
        await cluster.resource(customResourceDefinitions).delete(kind.definition.metadata?.name ?? '');
      },
    ),
    { numRuns: 20, endOnFailure: false },
  );
  // A test that only ever sees one side shows nothing.
  expect(seen.taken).toBeGreaterThan(20);
  expect(seen.refused).toBeGreaterThan(20);
}, 300_000);
