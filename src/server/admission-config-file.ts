import { dirname, resolve } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import type { AdmissionConfiguration } from './object/admission-configuration.js';
import { readText } from './read-text.js';
import { readWebhookKubeconfig } from './webhook-kubeconfig.js';

const flag = '--admission-control-config-file';

const file = z.strictObject({
  apiVersion: z.literal('apiserver.config.k8s.io/v1'),
  kind: z.literal('AdmissionConfiguration'),
  plugins: z
    .array(z.strictObject({ name: z.string(), path: z.string().optional(), configuration: z.unknown().optional() }))
    .nullish(),
});

const limit = z.strictObject({
  type: z.enum(['Server', 'Namespace', 'User', 'SourceAndObject']),
  qps: z.int().positive(),
  burst: z.int().positive(),
  cacheSize: z.int().nonnegative().optional(),
});

const tolerations = z.array(z.record(z.string(), z.unknown())).optional();

/** Reads a duration in `unit` milliseconds: 0 stands for the default, and -1 for none. */
const duration = (unit: number, most: number, usual: number) =>
  z
    .int()
    .optional()
    .refine((value = 0) => value >= -1 && value * unit <= most, `it is not between -1 and ${most / unit}`)
    .transform((value = 0) => (value === 0 ? usual : Math.max(value, 0) * unit));

const minute = 60_000;

const configurations: ReadonlyMap<string, z.ZodType> = new Map<string, z.ZodType>(
  Object.entries({
    EventRateLimit: z.strictObject({
      apiVersion: z.literal('eventratelimit.admission.k8s.io/v1alpha1'),
      kind: z.literal('Configuration'),
      limits: z.array(limit).min(1),
    }),
    ImagePolicyWebhook: z
      .strictObject({
        imagePolicy: z.strictObject({
          kubeConfigFile: z.string().min(1),
          allowTTL: duration(1_000, 30 * minute, 5 * minute),
          denyTTL: duration(1_000, 30 * minute, minute / 2),
          retryBackoff: duration(1, 5 * minute, 500),
          defaultAllow: z.boolean().default(false),
        }),
      })
      .transform(async ({ imagePolicy: { kubeConfigFile, allowTTL, denyTTL, retryBackoff, defaultAllow } }) => ({
        backend: await readWebhookKubeconfig(kubeConfigFile),
        allowTtlMs: allowTTL,
        denyTtlMs: denyTTL,
        retryBackoffMs: retryBackoff,
        defaultAllow,
      })),
    PodNodeSelector: z
      .strictObject({ podNodeSelectorPluginConfig: z.record(z.string(), z.string()) })
      .transform(({ podNodeSelectorPluginConfig }) => podNodeSelectorPluginConfig),
    PodTolerationRestriction: z.strictObject({
      apiVersion: z.literal('podtolerationrestriction.admission.k8s.io/v1alpha1'),
      kind: z.literal('Configuration'),
      default: tolerations,
      whitelist: tolerations,
    }),
  }),
);

/**
 * Reads kube-apiserver's `--admission-control-config-file`, with the files that it names. Rejects with an error that names the file and the
 * field: for a syntax error, an unknown field, and a plugin that takes no configuration here.
 */
export async function readAdmissionConfiguration(path: string): Promise<AdmissionConfiguration> {
  const { plugins } = await checked(file, await readYaml(path), path);
  const found: { [name: string]: unknown } = {};
  for (const { name, path: inner = '', configuration } of plugins ?? []) {
    if (configuration == null && inner === '') continue;
    const schema = configurations.get(name);
    if (schema === undefined)
      throw new Error(
        `cannot configure the admission plugin ${JSON.stringify(name)} in ${path}: it takes no configuration on this server`,
      );
    const place = configuration == null ? resolve(dirname(path), inner) : path;
    found[name] = await checked(schema, configuration ?? (await readYaml(place)), `${place}: ${name}`);
  }
  return found as AdmissionConfiguration;
}

async function readYaml(path: string): Promise<unknown> {
  const text = await readText(path, flag);
  try {
    return parse(text);
  } catch (error) {
    throw new Error(`cannot read ${flag} ${path}: ${error instanceof Error ? error.message : 'it is not YAML'}`);
  }
}

async function checked<T>(schema: z.ZodType<T>, value: unknown, where: string): Promise<T> {
  const { data, error } = await schema.safeParseAsync(value);
  if (error === undefined) return data as T;
  const problems = error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`.replace(/^: /, ''));
  throw new Error(`cannot read ${flag} ${where}: ${problems.join('; ')}`);
}
