import { z } from 'zod';

const text = z.string().min(1).max(1_000);
const number = z.int().min(0);
const size = z.int().min(1).max(10_000).optional();

const target = { cluster: text.optional(), namespace: text, name: text };
const terminal = { container: text.optional(), tty: z.boolean().optional(), columns: size, rows: size };

/** Kinds that lead to pods. */
export const podKind = z.enum([
  ...['Pod', 'Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet', 'ReplicationController', 'Job', 'Service'],
] as const);

/** The name of a stream. */
export type StreamName = 'logs' | 'exec' | 'attach' | 'connect';

/** The parameters of each stream. They come from the network. */
export const streamParams = {
  logs: z.strictObject({
    ...target,
    kind: podKind.optional(),
    container: text.optional(),
    follow: z.boolean().optional(),
    tail: number.optional(),
    sinceSeconds: number.optional(),
    previous: z.boolean().optional(),
    timestamps: z.boolean().optional(),
  }),
  exec: z.strictObject({ ...target, ...terminal, command: z.array(z.string().max(10_000)).min(1).max(1_000) }),
  attach: z.strictObject({ ...target, ...terminal }),
  connect: z.strictObject({ ...target, kind: podKind.optional(), port: z.int().min(1).max(65_535) }),
} as const satisfies { readonly [N in StreamName]: z.ZodType };

/** The parameters of one stream. */
export type StreamParamsOf<N extends StreamName> = z.infer<(typeof streamParams)[N]>;
