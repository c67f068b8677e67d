import { type ApplyConfiguration, type Cached, controllerReference } from 'keelson';
import type { Deployment, Service } from 'keelson/k8s';
import type { Website } from './website.js';

/** A website as the cache has it. */
export type CachedWebsite = Cached<Website, 'Namespaced'>;

/** The Deployment that serves the site: only the fields this operator has an opinion on, for server-side apply. */
export function deploymentFor(website: CachedWebsite): ApplyConfiguration<Deployment> {
  const labels = labelsOf(website);
  const { image, replicas } = website.spec;
  return {
    metadata: metadataOf(website),
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: { containers: [{ name: 'web', image, ports: [{ name: 'http', containerPort: 8080 }] }] },
      },
    },
  };
}

/** The Service in front of it. */
export function serviceFor(website: CachedWebsite): ApplyConfiguration<Service> {
  return {
    metadata: metadataOf(website),
    spec: { selector: labelsOf(website), ports: [{ name: 'http', port: 80, targetPort: 'http' }] },
  };
}

/** Names follow from the website's: whatever happens, a second attempt finds the first one's object. */
function metadataOf(website: CachedWebsite) {
  return {
    name: website.metadata.name,
    labels: labelsOf(website),
    // Deleted with the website, and a change of it is the website's business.
    ownerReferences: [controllerReference(website)],
  };
}

function labelsOf({ metadata }: CachedWebsite): { [key: string]: string } {
  return { 'app.kubernetes.io/managed-by': 'website-operator', 'app.kubernetes.io/instance': metadata.name };
}
