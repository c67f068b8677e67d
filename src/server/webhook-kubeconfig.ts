import { dirname, resolve } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import type { WebhookBackend } from './object/webhook-backend.js';
import { readText } from './read-text.js';

const text = z.string().optional();

const file = z.object({
  'current-context': z.string(),
  contexts: z.array(z.object({ name: z.string(), context: z.object({ cluster: z.string(), user: text }) })),
  clusters: z.array(
    z.object({
      name: z.string(),
      cluster: z.object({
        server: z.string().refine((url) => url.startsWith('https://') && URL.canParse(url), 'it is not an https URL'),
        'certificate-authority': text,
        'certificate-authority-data': text,
      }),
    }),
  ),
  users: z
    .array(
      z.object({
        name: z.string(),
        user: z.strictObject({
          'client-certificate': text,
          'client-certificate-data': text,
          'client-key': text,
          'client-key-data': text,
          token: text,
          tokenFile: text,
        }),
      }),
    )
    .optional(),
});

/**
 * Reads a kubeconfig by which this server calls a webhook: its current context. Rejects with an error that names the file and the field,
 * also for ways to authenticate that webhooks do not have here.
 */
export async function readWebhookKubeconfig(path: string): Promise<WebhookBackend> {
  const what = 'the kubeconfig of the webhook';
  const content = await readText(path, what);
  const refuse = (why: string): Error => new Error(`cannot read ${what} ${path}: ${why}`);
  let value: unknown;
  try {
    value = parse(content);
  } catch {
    throw refuse('it is not YAML');
  }
  const { data, error } = file.safeParse(value);
  if (error !== undefined)
    throw refuse(error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; '));
  const context = data.contexts.find(({ name }) => name === data['current-context'])?.context;
  const cluster = data.clusters.find(({ name }) => name === context?.cluster)?.cluster;
  if (context === undefined || cluster === undefined) throw refuse('its current context names no cluster');
  const user = data.users?.find(({ name }) => name === context.user)?.user ?? {};
  const read = async (inline: string | undefined, place: string | undefined): Promise<string | undefined> => {
    if (inline !== undefined) return Buffer.from(inline, 'base64').toString();
    return place === undefined ? undefined : readText(resolve(dirname(path), place), what);
  };
  return {
    url: cluster.server,
    ca: await read(cluster['certificate-authority-data'], cluster['certificate-authority']),
    certificate: await read(user['client-certificate-data'], user['client-certificate']),
    key: await read(user['client-key-data'], user['client-key']),
    token: user.token ?? (await read(undefined, user.tokenFile))?.trim(),
  };
}
