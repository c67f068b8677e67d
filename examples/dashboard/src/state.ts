import { computed, signal } from '@preact/signals';
import { whoAmI } from './data/access.js';
import { ClusterApi, messageOf, onSignedOut, request } from './data/api.js';
import { discover, findKind, type Kind } from './data/kinds.js';
import { listObjects } from './data/live-object.js';
import { Schemas } from './data/schema.js';
import { go, namespace, pageHref, route, setParameters } from './router.js';

/** A cluster that can be chosen. */
export interface Context {
  readonly name: string;
  readonly namespace: string;
}

/** Undefined until it is known whether the browser has a session. */
export const signedIn = signal<boolean | undefined>(undefined);
export const contexts = signal<readonly Context[]>([]);
export const kinds = signal<readonly Kind[]>([]);
/** Why the cluster cannot be reached; empty if it can. */
export const clusterError = signal('');
/** Undefined if the user may not list them. */
export const namespaces = signal<readonly string[] | undefined>(undefined);
export const user = signal<{ readonly username: string; readonly groups: readonly string[] }>({
  username: '',
  groups: [],
});

/** The context of the page; empty before one is chosen. */
export const context = computed(() => (route.value.page === 'start' ? '' : route.value.context));
export const api = computed(() => new ClusterApi(context.value));
export const schemas = computed(() => new Schemas(api.value));

onSignedOut(() => {
  signedIn.value = false;
});

/** Reads the contexts; finds out by that whether there is a session. */
export async function loadContexts(): Promise<void> {
  try {
    const { contexts: found } = (await (await request('/contexts')).json()) as { contexts: Context[] };
    contexts.value = found;
    signedIn.value = true;
    const [first] = found;
    if (route.value.page === 'start' && first !== undefined) go(pageHref(first.name, 'overview'), true);
  } catch {
    signedIn.value = false;
  }
}

/** Reads what the pages of a cluster need: its kinds, its namespaces, and who the user is. */
export async function loadCluster(signal: AbortSignal): Promise<void> {
  const cluster = api.value;
  clusterError.value = '';
  namespaces.value = undefined;
  try {
    kinds.value = await discover(cluster, signal);
  } catch (error) {
    if (!signal.aborted) clusterError.value = messageOf(error);
    return;
  }
  whoAmI(cluster).then((found) => {
    if (!signal.aborted) user.value = found;
  });
  await loadNamespaces(signal);
}

/** Reads the namespaces again. A user who may not list them begins in the namespace of the context. */
async function loadNamespaces(signal?: AbortSignal): Promise<void> {
  const kind = findKind(kinds.value, 'namespaces', '');
  if (kind === undefined) return;
  try {
    const { items } = await listObjects(api.value, { kind }, signal);
    if (signal?.aborted !== true) namespaces.value = items.map((one) => one.metadata.name).sort();
  } catch {
    if (signal?.aborted === true) return;
    const own = contexts.value.find((one) => one.name === context.value)?.namespace;
    if (namespace.value === undefined) setParameters({ ns: own ?? 'default' });
  }
}
