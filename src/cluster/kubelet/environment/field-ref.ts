import type { Pod } from '../../../../generated/core/v1.js';
import type { DeepReadonly } from '../../../meta/index.js';
import { goQuote } from '../../../util/go-quote.js';

/** The addresses that a pod can refer to before they stand in its status. */
export interface PodAddressFacts {
  readonly hostIPs: readonly string[];
  readonly podIPs: readonly string[];
}

/** Reads the field of a pod that a `fieldRef` names. Returns undefined for fields that cannot be referred to. */
export function podFieldValue(pod: DeepReadonly<Pod>, path: string, addresses: PodAddressFacts): string | undefined {
  const { metadata, spec } = pod;
  const [, map, key] = /^metadata\.(labels|annotations)\['(.*)'\]$/s.exec(path) ?? [];
  if (map === 'labels') return metadata?.labels?.[key ?? ''] ?? '';
  if (map === 'annotations') return metadata?.annotations?.[key ?? ''] ?? '';
  switch (path) {
    case 'metadata.name':
      return metadata?.name ?? '';
    case 'metadata.namespace':
      return metadata?.namespace ?? '';
    case 'metadata.uid':
      return metadata?.uid ?? '';
    case 'metadata.labels':
      return formatMap(metadata?.labels);
    case 'metadata.annotations':
      return formatMap(metadata?.annotations);
    case 'spec.nodeName':
      return spec?.nodeName ?? '';
    case 'spec.serviceAccountName':
      return spec?.serviceAccountName ?? '';
    case 'status.hostIP':
      return addresses.hostIPs[0] ?? '';
    case 'status.hostIPs':
      return addresses.hostIPs.join(',');
    case 'status.podIP':
      return addresses.podIPs[0] ?? '';
    case 'status.podIPs':
      return addresses.podIPs.join(',');
    default:
      return undefined;
  }
}

/** Formats labels or annotations as the files of a downward API volume have them: one `key="value"` a line. */
function formatMap(map: Readonly<Record<string, string>> | undefined): string {
  return Object.entries(map ?? {})
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}=${goQuote(value)}`)
    .join('\n');
}
