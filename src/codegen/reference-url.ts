import type { ApiFacts, FactsIndex } from '../meta/api-facts.js';

/** The page of a built-in kind in the Kubernetes API reference; undefined for any other kind. */
export function referenceUrl(index: FactsIndex, api: ApiFacts, kind: string): string | undefined {
  const release = /^v?(\d+\.\d+)/.exec(index.version)?.[1];
  if (release === undefined || !api.package.startsWith('io.k8s.')) return undefined;
  const group = api.group === '' ? 'core' : api.group.replaceAll('.', '-');
  const anchor = `${kind.toLowerCase()}-${api.version}-${group}`;
  return `https://kubernetes.io/docs/reference/generated/kubernetes-api/v${release}/#${anchor}`;
}
