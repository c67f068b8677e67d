import { type FlagStatus, only, works } from './flag-status.js';
import type { GivenFlags } from './parse-flags.js';

/** The flags of leader election, which the components of the control plane share. */
export const electionFlags: { readonly [name: string]: FlagStatus } = {
  'leader-elect': works('bool'),
  'leader-elect-lease-duration': works('duration'),
  'leader-elect-renew-deadline': works('duration'),
  'leader-elect-resource-lock': only('leases'),
  'leader-elect-resource-name': works('string'),
  'leader-elect-resource-namespace': works('string'),
  'leader-elect-retry-period': works('duration'),
};

/** Returns the options of the election. `component` names the Lease by default, in the namespace `kube-system`. */
export function electionOf(flags: GivenFlags, component: string) {
  return {
    name: flags.text('leader-elect-resource-name') ?? component,
    namespace: flags.text('leader-elect-resource-namespace') ?? 'kube-system',
    leaseDurationMs: flags.duration('leader-elect-lease-duration'),
    renewDeadlineMs: flags.duration('leader-elect-renew-deadline'),
    retryPeriodMs: flags.duration('leader-elect-retry-period'),
  };
}
