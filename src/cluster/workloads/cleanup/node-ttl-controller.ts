import { Node } from '../../../../generated/core/v1.js';
import { mergePatch } from '../../../client/index.js';
import { Controller, type ManagedController } from '../../../controller/index.js';
import type { ControllerSetup } from '../base/setup.js';

const ANNOTATION = 'node.alpha.kubernetes.io/ttl';

/** The time for which kubelets may keep Secrets and ConfigMaps, by the number of nodes. The ranges overlap, so that it rarely changes. */
const steps = [
  { from: 0, to: 100, seconds: 0 },
  { from: 90, to: 500, seconds: 15 },
  { from: 450, to: 1000, seconds: 30 },
  { from: 900, to: 2000, seconds: 60 },
  { from: 1800, to: Number.POSITIVE_INFINITY, seconds: 300 },
] as const;

/** Returns the controller that tells kubelets, by an annotation of their Node, for how long they may cache Secrets and ConfigMaps. */
export function nodeTtlController({ run }: ControllerSetup): ManagedController {
  let step = 0;
  return new Controller({
    name: 'ttlcontroller',
    for: Node,
    ...run,
    async reconcile({ object, cluster, lister, name, signal }) {
      const count = lister(Node).count();
      while (count > (steps[step]?.to ?? count)) step++;
      while (count < (steps[step]?.from ?? count)) step--;
      const seconds = String(steps[step]?.seconds ?? 0);
      if (object.metadata.annotations?.[ANNOTATION] === seconds) return;
      const patch = mergePatch({ metadata: { annotations: { [ANNOTATION]: seconds } } });
      await cluster.resource(Node).patch(name, patch, { signal });
    },
  });
}
