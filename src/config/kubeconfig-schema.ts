import { z } from 'zod';
import type { KubeconfigFile } from './kubeconfig-file.js';

/** YAML writes an absent value as null. */
const optional = <T extends z.ZodType>(schema: T) => schema.nullish().transform((value) => value ?? undefined);
const list = <T extends z.ZodType>(schema: T) =>
  z
    .array(schema)
    .nullish()
    .transform((value) => value ?? []);

/** A list in which each name stands once: client-go refuses a file that has one twice. */
const named = <T extends z.ZodType<{ name: string }>>(schema: T) =>
  list(schema).superRefine((entries, refuse) => {
    const seen = new Map<string, number>();
    entries.forEach(({ name }, index) => {
      const first = seen.get(name);
      if (first === undefined) seen.set(name, index);
      else refuse.addIssue({ code: 'custom', path: [index, 'name'], message: `the same name as number ${first}` });
    });
  });

const text = optional(z.string());

const cluster = z.object({
  server: text,
  'certificate-authority': text,
  'certificate-authority-data': text,
  'insecure-skip-tls-verify': optional(z.boolean()),
  'tls-server-name': text,
  'proxy-url': text,
  'disable-compression': optional(z.boolean()),
  extensions: named(z.object({ name: z.string(), extension: z.unknown() })),
});

const exec = z.object({
  apiVersion: text,
  command: text,
  args: list(z.string()),
  env: list(z.object({ name: z.string(), value: text.transform((value) => value ?? '') })),
  installHint: text,
  provideClusterInfo: optional(z.boolean()),
  interactiveMode: optional(z.enum(['Never', 'IfAvailable', 'Always'])),
});

const authProvider = z.object({ name: z.string(), config: optional(z.record(z.string(), z.string())) });

const user = z.object({
  token: text,
  tokenFile: text,
  username: text,
  password: text,
  'client-certificate': text,
  'client-certificate-data': text,
  'client-key': text,
  'client-key-data': text,
  as: text,
  'as-uid': text,
  'as-groups': list(z.string()),
  'as-user-extra': optional(z.record(z.string(), z.array(z.string()))),
  exec: optional(exec),
  'auth-provider': optional(authProvider),
});

const context = z.object({ cluster: text, user: text, namespace: text });

/**
 * Checks a kubeconfig file. Fields that do not say how to connect are ignored. Its type is spelt out: what zod infers would make every
 * program that imports the package compile zod's types.
 */
export const kubeconfigSchema: z.ZodType<KubeconfigFile> = z.object({
  'current-context': optional(z.string()),
  clusters: named(z.object({ name: z.string(), cluster: optional(cluster) })),
  users: named(z.object({ name: z.string(), user: optional(user) })),
  contexts: named(z.object({ name: z.string(), context: optional(context) })),
});
