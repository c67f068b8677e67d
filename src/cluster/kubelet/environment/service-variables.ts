import { isIPv6 } from 'node:net';
import type { Service } from '../../../../generated/core/v1.js';
import type { DeepReadonly } from '../../../meta/index.js';

/**
 * Returns the variables that tell a container where services are. The service `kubernetes` is always there; the services of the pod's
 * own namespace only with `enableServiceLinks`.
 */
export function serviceVariables(
  services: Iterable<DeepReadonly<Service>>,
  namespace: string,
  links: boolean,
): Record<string, string> {
  const chosen = new Map<string, DeepReadonly<Service>>();
  for (const service of services) {
    const name = service.metadata?.name ?? '';
    const ip = service.spec?.clusterIP;
    if (ip === undefined || ip === '' || ip === 'None') continue;
    if (service.metadata?.namespace === namespace && links) chosen.set(name, service);
    else if (service.metadata?.namespace === 'default' && name === 'kubernetes' && !chosen.has(name)) {
      chosen.set(name, service);
    }
  }
  return Object.assign({}, ...[...chosen.values()].map(variablesOf));
}

function variablesOf({ metadata, spec }: DeepReadonly<Service>): Record<string, string> {
  const prefix = (metadata?.name ?? '').replaceAll('-', '_').toUpperCase();
  const ip = spec?.clusterIP ?? '';
  const variables: Record<string, string> = { [`${prefix}_SERVICE_HOST`]: ip };
  for (const [index, { name, port, protocol = 'TCP' }] of (spec?.ports ?? []).entries()) {
    const url = `${protocol.toLowerCase()}://${isIPv6(ip) ? `[${ip}]` : ip}:${port}`;
    if (index === 0) {
      variables[`${prefix}_SERVICE_PORT`] = String(port);
      variables[`${prefix}_PORT`] = url;
    }
    if (name !== undefined && name !== '') {
      variables[`${prefix}_SERVICE_PORT_${name.replaceAll('-', '_').toUpperCase()}`] = String(port);
    }
    const link = `${prefix}_PORT_${port}_${protocol.toUpperCase()}`;
    variables[link] = url;
    variables[`${link}_PROTO`] = protocol.toLowerCase();
    variables[`${link}_PORT`] = String(port);
    variables[`${link}_ADDR`] = ip;
  }
  return variables;
}
