import type { Container } from '../../../generated/core/v1.js';
import type { DeepReadonly } from '../../meta/index.js';

/** A port of the node that a container asks for. */
export interface HostPort {
  readonly ip: string;
  readonly protocol: string;
  readonly port: number;
}

const anyIp = '0.0.0.0';

/** Returns the ports of the node that containers ask for. */
export function hostPortsOf(containers: readonly DeepReadonly<Container>[]): HostPort[] {
  return containers.flatMap(({ ports = [] }) =>
    ports.flatMap(({ hostPort = 0, hostIP, protocol }) =>
      hostPort > 0 ? [{ ip: hostIP || anyIp, protocol: protocol ?? 'TCP', port: hostPort }] : [],
    ),
  );
}

/** Tells whether two pods cannot both have the ports. */
export function conflicts(a: HostPort, b: HostPort): boolean {
  if (a.port !== b.port || a.protocol !== b.protocol) return false;
  return a.ip === b.ip || a.ip === anyIp || b.ip === anyIp;
}
