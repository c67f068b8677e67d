import { z } from 'zod';

const text = z.string().min(1).max(1_000);
const number = z.int().min(0);

/** A kind as browsers name it. */
const kindName = z.strictObject({ apiVersion: text, kind: text });

/** The parameters that every action takes. */
const common = { cluster: text.optional() };
const one = { ...common, kind: kindName, namespace: text.optional(), name: text };
const dryRun = z.boolean().optional();
/** The API server checks the rest of objects. */
const named = { name: text, namespace: text.optional(), uid: text.optional() };
const object = z.looseObject({ apiVersion: text, kind: text, metadata: z.looseObject(named) });
const newMetadata = z.union([
  z.looseObject({ name: text, namespace: text.optional() }),
  z.looseObject({ generateName: text, namespace: text.optional() }),
]);
const newObject = z.looseObject({ apiVersion: text, kind: text, metadata: newMetadata });

/** The name of an action. */
export type ActionName =
  | ('get' | 'create' | 'apply' | 'edit' | 'delete' | 'scale' | 'restart')
  | ('cordon' | 'uncordon' | 'drain' | 'fetch')
  | ('can' | 'kinds' | 'me' | 'clusters');

/** The parameters of each action. They come from the network. */
export const actionParams = {
  get: z.strictObject(one),
  create: z.strictObject({ ...common, object: newObject, dryRun }),
  apply: z.strictObject({ ...common, object, force: z.boolean().optional(), dryRun }),
  edit: z.strictObject({ ...common, original: object, object, dryRun }),
  scale: z.strictObject({ ...one, replicas: number }),
  restart: z.strictObject(one),
  delete: z.strictObject({
    ...one,
    propagation: z.enum(['foreground', 'background', 'orphan']).optional(),
    gracePeriodSeconds: number.optional(),
    uid: text.optional(),
    dryRun,
  }),
  cordon: z.strictObject({ ...common, name: text }),
  uncordon: z.strictObject({ ...common, name: text }),
  drain: z.strictObject({
    ...common,
    name: text,
    force: z.boolean().optional(),
    gracePeriodSeconds: number.optional(),
    timeoutMs: number.max(3_600_000).optional(),
  }),
  can: z.strictObject({
    ...common,
    verb: text,
    kind: kindName,
    namespace: text.optional(),
    name: text.optional(),
    subresource: text.optional(),
  }),
  fetch: z.strictObject({
    ...common,
    kind: z.enum(['Pod', 'Service']).optional(),
    namespace: text,
    name: text,
    port: z.int().min(1).max(65_535).optional(),
    path: z.string().startsWith('/').max(10_000),
    method: text.optional(),
    headers: z.record(text, z.string().max(10_000)).optional(),
    body: z.string().optional(),
  }),
  kinds: z.strictObject(common),
  me: z.strictObject(common),
  clusters: z.strictObject(common),
} as const satisfies { readonly [N in ActionName]: z.ZodType };

/** The parameters of one action. */
export type ParamsOf<N extends ActionName> = z.infer<(typeof actionParams)[N]>;
