import { type Clock, deepEqual } from 'keelson';
import {
  Controller,
  type ControllerOptions,
  type EventRecorder,
  generationChanged,
  watched,
  withFinalizer,
} from 'keelson/controller';
import { ConfigMap, Deployment, Service } from 'keelson/k8s';
import { type CachedWebsite, deploymentFor, serviceFor } from './children.js';
import type { Directory } from './directory.js';
import { isTrue, statusOf } from './status.js';
import { Website } from './website.js';

/** In whose name fields are owned. */
const manager = 'website-operator';
/** Holds a website until it is out of the directory. */
const finalizer = 'example.com/website-directory';

/** The options of the controller. */
export interface WebsiteControllerOptions
  extends Pick<ControllerOptions<Website, 'Namespaced'>, 'concurrency' | 'onError'> {
  readonly directory: Directory;
  readonly recorder: EventRecorder;
  /** Where the times of conditions come from. Default: the system. */
  readonly clock?: Clock | undefined;
}

/** Makes the cluster as its websites say. */
export function websiteController(options: WebsiteControllerOptions): Controller<Website, 'Namespaced'> {
  const { directory, recorder, clock, ...rest } = options;
  const { namespace: where, name: directoryName } = directory.place;
  return new Controller<Website, 'Namespaced'>({
    ...rest,
    for: Website,
    // Not when only the status changed: that was us.
    predicates: [generationChanged],
    owns: [Deployment, Service],
    // Whoever comes into the directory or goes is looked at: an entry that was taken away comes back, one that nobody has goes.
    watches: [
      watched(
        ConfigMap,
        ({ current, old }) => [...Object.values(current.object.data ?? {}), ...Object.values(old?.object.data ?? {})],
        { namespace: where, fields: { 'metadata.name': directoryName } },
      ),
    ],

    async reconcile({ object, key, namespace, name, cluster, owned, signal }) {
      const websites = cluster.resource(Website).in(namespace);
      return withFinalizer(websites, object, finalizer, {
        signal,
        cleanup: async () => {
          await directory.release(cluster, key, signal);
          recorder.normal(object, { reason: 'HostReleased', note: `${object.spec.host} is free again` });
          return {}; // the Deployment and the Service go by themselves, with their owner
        },
        reconcile: async () => {
          const holder = await directory.claim(cluster, key, object.spec.host, signal);
          const apply = { manager, force: true, signal };
          await cluster.resource(Deployment).in(namespace).apply(deploymentFor(object), apply);
          await cluster.resource(Service).in(namespace).apply(serviceFor(object), apply);

          const deployment = owned(Deployment).find(({ metadata }) => metadata.name === name);
          const observed = { holder, key, deployment };
          if (!deepEqual(object.status, statusOf(object, observed, { clock }))) {
            const change = (draft: Website & CachedWebsite) => {
              draft.status = statusOf(draft, observed, { clock });
            };
            const written = await websites.subresource('status').update(name, change, { signal });
            if (isTrue(written, 'Ready') && !isTrue(object, 'Ready'))
              recorder.normal(object, { reason: 'Serving', note: `${object.spec.host} is served` });
            if (holder !== key)
              recorder.warning(object, { reason: 'HostTaken', note: `${object.spec.host} belongs to ${holder}` });
          }
          // Whose host is taken asks again: nobody tells when it becomes free.
          return { requeueAfterMs: holder === key ? Number.POSITIVE_INFINITY : 60_000 };
        },
      });
    },

    // The object had no finalizer, or a controller with a stale cache left an entry.
    deleted: ({ key, cluster, signal }) => directory.release(cluster, key, signal),
  });
}
