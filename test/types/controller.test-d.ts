import type { Cached, Cluster, Lister } from 'keelson';
import {
  Controller,
  done,
  generationChanged,
  mutatingWebhook,
  owned,
  validatingWebhook,
  watched,
} from 'keelson/controller';
import { ConfigMap, Deployment, Namespace, Node, Pod, Secret } from 'keelson/k8s';
import { expectTypeOf } from 'vitest';

/** Must compile, except for the lines that expect an error. Checked by tsc; never run. */
export function types(cluster: Cluster): void {
  const controller = new Controller({
    for: Deployment,
    owns: [
      Pod,
      owned(ConfigMap, { labels: { app: 'web' }, predicates: [({ current }) => current.object.data !== undefined] }),
    ],
    watches: [
      watched(Secret, ({ current, old }) => {
        expectTypeOf(current.object).toEqualTypeOf<Cached<Secret, 'Namespaced'>>();
        expectTypeOf(old?.object).toEqualTypeOf<Cached<Secret, 'Namespaced'> | undefined>();
        return [current.object.metadata.name];
      }),
    ],
    predicates: [generationChanged],
    async reconcile({ object, namespace, name, key, owned: mine, lister, cluster: handle, signal }) {
      // What a server always fills in is there, and nothing of what is shared may be changed.
      expectTypeOf(object).toEqualTypeOf<Cached<Deployment, 'Namespaced'>>();
      expectTypeOf(object.metadata.uid).toBeString();
      expectTypeOf(namespace).toBeString();
      expectTypeOf(name).toBeString();
      expectTypeOf(key).toBeString();
      expectTypeOf(mine(Pod)).toEqualTypeOf<Cached<Pod, 'Namespaced'>[]>();
      expectTypeOf(lister(Secret)).toEqualTypeOf<Lister<Secret, 'Namespaced'>>();
      // @ts-expect-error what the cache gives is shared
      object.spec = {};
      // @ts-expect-error as is all that is in it
      object.metadata.labels = {};
      const draft = structuredClone(object) as Deployment;
      draft.spec = undefined;
      await handle.resource(Deployment).in(namespace).delete(name, { signal });
      return object.spec?.replicas === 0 ? done : { requeueAfterMs: 1000 };
    },
    deleted(context) {
      expectTypeOf(context.namespace).toBeString();
      // @ts-expect-error the object is gone
      context.object;
    },
  });
  expectTypeOf(controller).toEqualTypeOf<Controller<Deployment, 'Namespaced'>>();

  // Kinds without a namespace have none, and their keys are names.
  new Controller({
    for: Node,
    reconcile({ namespace, object }) {
      expectTypeOf(namespace).toEqualTypeOf<undefined>();
      expectTypeOf(object.metadata.namespace).toEqualTypeOf<string | undefined>();
    },
  });
  new Controller({
    for: Namespace,
    // @ts-expect-error a result is a Requeue or nothing
    reconcile: () => 'done',
  });
  // @ts-expect-error somebody has to do the work
  new Controller({ for: Pod });
  // @ts-expect-error a controller is for a kind that is stored
  new Controller({ for: 'pods', reconcile() {} });
  // @ts-expect-error a mapper gives keys
  watched(Secret, () => [1]);

  validatingWebhook({
    for: Pod,
    name: 'a.b.c',
    validate(review) {
      expectTypeOf(review.userInfo.groups).toEqualTypeOf<readonly string[] | undefined>();
      if (review.operation === 'DELETE') {
        expectTypeOf(review.oldObject.spec?.nodeName).toEqualTypeOf<string | undefined>();
        // @ts-expect-error what is deleted has no new state
        review.object.spec;
      }
      if (review.operation === 'CREATE') expectTypeOf(review.object.spec?.nodeName).toEqualTypeOf<string | undefined>();
    },
  });
  mutatingWebhook({
    for: Pod,
    name: 'a.b.c',
    mutate(review) {
      if (review.operation === 'CREATE') review.object.metadata = { ...review.object.metadata, labels: { a: 'b' } };
    },
  });
  expectTypeOf(controller.run(cluster, { signal: AbortSignal.abort() })).toEqualTypeOf<Promise<void>>();
}
