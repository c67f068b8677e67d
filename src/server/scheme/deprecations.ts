import type { ObjectMeta } from '../../meta/index.js';
import type { ServedResource } from '../object/server-context.js';

/*
 * What reading needs to know of kinds beyond their facts. It is little, and stands apart from their strategies: those are loaded when
 * something is written.
 */

/** The releases in which kinds of old versions are deprecated and go, and what replaces them. */
const deprecations: { readonly [resource: string]: string } = {
  'v1 componentstatuses': '1.19',
  'v1 endpoints': '1.33  discovery.k8s.io/v1 EndpointSlice',
  'networking.k8s.io/v1beta1 ipaddresses': '1.34 1.37',
  'networking.k8s.io/v1beta1 servicecidrs': '1.34 1.37',
  'resource.k8s.io/v1beta2 deviceclasses': '1.36 1.39',
  'resource.k8s.io/v1beta2 resourceclaims': '1.36 1.39',
  'resource.k8s.io/v1beta2 resourceclaimtemplates': '1.36 1.39',
  'resource.k8s.io/v1beta2 resourceslices': '1.36 1.39',
  'resource.k8s.io/v1beta1 deviceclasses': '1.35 1.38',
  'resource.k8s.io/v1beta1 resourceclaims': '1.35 1.38',
  'resource.k8s.io/v1beta1 resourceclaimtemplates': '1.35 1.38',
  'resource.k8s.io/v1beta1 resourceslices': '1.35 1.38',
  'resource.k8s.io/v1alpha3 devicetaintrules': '1.36 1.39',
  'storage.k8s.io/v1beta1 volumeattributesclasses': '1.34 1.37 storage.k8s.io/v1 VolumeAttributesClass',
  'coordination.k8s.io/v1beta1 leasecandidates': '1.36 1.39',
  'coordination.k8s.io/v1alpha2 leasecandidates': '1.35 1.38',
  'admissionregistration.k8s.io/v1alpha1 mutatingadmissionpolicies': '1.35 1.38',
  'admissionregistration.k8s.io/v1alpha1 mutatingadmissionpolicybindings': '1.35 1.38',
};

/** Returns the text for a Warning header of requests to an outdated kind. */
export function deprecationOf({ apiVersion, plural, kind, custom }: ServedResource): string | undefined {
  const id = `${apiVersion} ${plural}`;
  const entry = custom === undefined && Object.hasOwn(deprecations, id) ? deprecations[id] : undefined;
  if (entry === undefined) return undefined;
  const [since, until = '', ...successor] = entry.split(' ');
  const gone = until === '' ? '' : `, unavailable in v${until}+`;
  const instead = successor.length === 0 ? '' : `; use ${successor.join(' ')}`;
  return `${apiVersion} ${kind} is deprecated in v${since}+${gone}${instead}`;
}

const templateGeneration = 'deprecated.daemonset.template.generation';

/** Returns metadata as it is sent without its object: daemon sets omit the label by which they count their templates. */
export function metadataAlone({ group, plural }: ServedResource, metadata: ObjectMeta): ObjectMeta {
  if (group !== 'apps' || plural !== 'daemonsets' || metadata.annotations === undefined) return metadata;
  const { annotations, ...others } = metadata;
  const { [templateGeneration]: _, ...rest } = annotations;
  return Object.keys(rest).length > 0 ? { ...others, annotations: rest } : others;
}
