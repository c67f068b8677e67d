import type { Timer } from '../../../../util/clock.js';
import type { ServerContext } from '../../../object/server-context.js';
import { addressBook } from './address-book.js';
import { nodePorts } from './node-port-book.js';

/** The time between two repairs, as in kube-apiserver. */
const repairMs = 180_000;

/**
 * Repairs the allocations of services every three minutes: stores the IPAddresses and node ports that services lack, and frees those without a
 * service, which a server left behind that ended in the middle of a write. Ends when the server closes.
 *
 * Opening the allocations repairs them for the first time. It happens now, so that a port does not count as unused twice in one moment.
 */
export function repairRegularly(server: ServerContext): void {
  const { clock, closing } = server;
  let timer: Timer | undefined;
  const repair = async (): Promise<void> => {
    await (await addressBook(server)).repair();
    await (await nodePorts(server)).repair();
  };
  const schedule = (): void => {
    if (closing.aborted) return;
    // A store that fails is reported by the requests that need it. The next repair tries again.
    timer = clock.setTimer(repairMs, () => void repair().then(schedule, schedule));
  };
  void Promise.all([addressBook(server), nodePorts(server)]).then(schedule, schedule);
  closing.addEventListener('abort', () => timer?.cancel(), { once: true });
}
