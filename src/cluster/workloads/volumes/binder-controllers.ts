import { PersistentVolume, PersistentVolumeClaim, Pod } from '../../../../generated/core/v1.js';
import { StorageClass } from '../../../../generated/storage.k8s.io/v1.js';
import { Controller, type ManagedController, watched } from '../../../controller/index.js';
import type { ControllerSetup } from '../base/setup.js';
import { ClaimSync } from './claim-sync.js';
import { VolumeSync } from './volume-sync.js';

/** The component that signs the events. */
const COMPONENT = 'persistentvolume-controller';
/** A pending claim is looked at so often, which repeats its event. */
const RETRY_MS = 15_000;

/** Returns the controller that binds claims to volumes. */
export function claimBinder(setup: ControllerSetup): ManagedController {
  const events = setup.events(COMPONENT);
  return new Controller({
    name: 'persistentvolumeclaim_binder',
    for: PersistentVolumeClaim,
    watches: [
      watched(PersistentVolume, ({ current }, { lister }) => {
        const { claimRef } = current.object.spec ?? {};
        if (claimRef !== undefined) return [`${claimRef.namespace}/${claimRef.name}`];
        const { name } = current;
        const isWaiting = (wanted: string | undefined) => wanted === undefined || wanted === name;
        return lister(PersistentVolumeClaim)
          .list()
          .filter(({ spec }) => isWaiting(spec?.volumeName))
          .map(({ metadata }) => `${metadata.namespace}/${metadata.name}`);
      }),
      watched(StorageClass, () => []),
      watched(Pod, () => []),
    ],
    ...setup.run,
    async reconcile(context) {
      const isPending = await new ClaimSync(context, events).run();
      return isPending ? { requeueAfterMs: RETRY_MS } : undefined;
    },
  });
}

/** Returns the controller that keeps the phases of volumes, and releases volumes whose claim is gone. */
export function volumeBinder(setup: ControllerSetup): ManagedController {
  const events = setup.events(COMPONENT);
  return new Controller({
    name: 'persistentvolume_binder',
    for: PersistentVolume,
    watches: [
      watched(PersistentVolumeClaim, ({ current }, { lister }) =>
        lister(PersistentVolume)
          .list()
          .filter(({ metadata, spec }) => {
            if (metadata.name === current.object.spec?.volumeName) return true;
            const { name, namespace } = spec?.claimRef ?? {};
            return name === current.name && namespace === current.namespace;
          })
          .map(({ metadata }) => metadata.name),
      ),
    ],
    ...setup.run,
    reconcile: (context) => new VolumeSync(context, events).run(),
  });
}
