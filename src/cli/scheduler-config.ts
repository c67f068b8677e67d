import { readText } from '../server/read-text.js';
import { UsageError } from './usage-error.js';

/** The part of a KubeSchedulerConfiguration that has an effect here. */
export interface SchedulerConfig {
  readonly schedulerName?: string | undefined;
  readonly percentageOfNodesToScore?: number | undefined;
  readonly kubeconfig?: string | undefined;
  readonly leaderElect?: boolean | undefined;
}

/**
 * Reads a configuration file of kube-scheduler (`kubescheduler.config.k8s.io/v1`). Throws a `UsageError` that names the first field
 * that would have no effect.
 */
export async function readSchedulerConfig(path: string): Promise<SchedulerConfig> {
  const text = await readText(path, '--config');
  const [{ parse }, { z }] = await Promise.all([import('yaml'), import('zod')]);
  const schema = z.strictObject({
    apiVersion: z.literal('kubescheduler.config.k8s.io/v1'),
    kind: z.literal('KubeSchedulerConfiguration'),
    clientConnection: z.strictObject({ kubeconfig: z.string() }).optional(),
    leaderElection: z.strictObject({ leaderElect: z.boolean().optional() }).optional(),
    percentageOfNodesToScore: z.int().min(0).max(100).optional(),
    profiles: z
      .array(
        z.strictObject({
          schedulerName: z.string().optional(),
          percentageOfNodesToScore: z.int().min(0).max(100).optional(),
        }),
      )
      .max(1)
      .optional(),
  });
  const fault = (problem: string) => new UsageError(`cannot use --config ${path}: ${problem}`);
  let document: unknown;
  try {
    document = parse(text);
  } catch (error) {
    throw fault(error instanceof Error ? error.message : String(error));
  }
  const parsed = schema.safeParse(document);
  if (!parsed.success) throw fault(z.prettifyError(parsed.error));
  const { clientConnection, leaderElection, percentageOfNodesToScore, profiles } = parsed.data;
  const [profile] = profiles ?? [];
  return {
    schedulerName: profile?.schedulerName,
    percentageOfNodesToScore: profile?.percentageOfNodesToScore ?? percentageOfNodesToScore,
    kubeconfig: clientConnection?.kubeconfig,
    leaderElect: leaderElection?.leaderElect,
  };
}
