import { PersistentVolumeClaim, Pod, type Volume } from '../../../../generated/core/v1.js';
import { Controller, type ManagedController, type ReconcileContext } from '../../../controller/index.js';
import { controllerOf, controllerReference, type DeepReadonly } from '../../../meta/index.js';
import { faultMessage } from '../base/api-faults.js';
import { draftOf } from '../base/draft.js';
import type { ControllerSetup } from '../base/setup.js';

/** Returns the controller that creates a claim for every ephemeral volume of a pod. The pod owns the claim. */
export function ephemeralController(setup: ControllerSetup): ManagedController {
  const events = setup.events('ephemeral_volume');
  return new Controller({
    name: 'ephemeral_volume',
    for: Pod,
    // The volumes of a pod never change.
    predicates: [({ change, current }) => change !== 'updated' && current.deletionTimestamp === ''],
    owns: [PersistentVolumeClaim],
    ...setup.run,
    async reconcile(context) {
      const { object: pod } = context;
      if (pod.metadata.deletionTimestamp !== undefined) return;
      for (const volume of pod.spec?.volumes ?? []) {
        if (volume.ephemeral === undefined) continue;
        try {
          await ensureClaim(context, volume);
        } catch (error) {
          events.warning(pod, 'FailedBinding', `ephemeral volume ${volume.name}: ${faultMessage(error)}`);
          throw error;
        }
      }
    },
  });
}

async function ensureClaim(
  { object: pod, cluster, lister, namespace, signal }: ReconcileContext<Pod, 'Namespaced'>,
  volume: DeepReadonly<Volume>,
): Promise<void> {
  const name = `${pod.metadata.name}-${volume.name}`;
  const claim = lister(PersistentVolumeClaim).get(`${namespace}/${name}`);
  if (claim !== undefined) {
    if (controllerOf(claim)?.uid === pod.metadata.uid) return;
    const wrong = `PVC ${namespace}/${name} was not created for pod ${namespace}/${pod.metadata.name}`;
    throw new Error(`${wrong} (pod is not owner)`);
  }
  const template = volume.ephemeral?.volumeClaimTemplate;
  if (template === undefined) return;
  const { annotations, labels } = draftOf<NonNullable<PersistentVolumeClaim['metadata']>>(template.metadata ?? {});
  const claims = cluster.resource(PersistentVolumeClaim).in(namespace);
  const metadata = { name, annotations, labels, ownerReferences: [controllerReference(pod)] };
  try {
    await claims.create({ metadata, spec: draftOf(template.spec) }, { signal });
  } catch (error) {
    throw new Error(`create PVC ${name}: ${faultMessage(error)}`, { cause: error });
  }
}
