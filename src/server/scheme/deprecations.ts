import type { ObjectMeta } from '../../meta/index.js';
import type { ServedResource } from '../object/server-context.js';

/*
 * What reading needs to know of kinds beyond their facts. It is little, and stands apart from their strategies: those are loaded when
 * something is written.
 */

/** The text for a Warning header of whoever uses an outdated kind. */
export function deprecationOf({ group, plural }: ServedResource): string | undefined {
  return group === '' && plural === 'endpoints'
    ? 'v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice'
    : undefined;
}

const templateGeneration = 'deprecated.daemonset.template.generation';

/** What metadata looks like where it is sent without its object: daemon sets leave out what they count their templates by. */
export function metadataAlone({ group, plural }: ServedResource, metadata: ObjectMeta): ObjectMeta {
  if (group !== 'apps' || plural !== 'daemonsets' || metadata.annotations === undefined) return metadata;
  const { annotations, ...others } = metadata;
  const { [templateGeneration]: _, ...rest } = annotations;
  return Object.keys(rest).length > 0 ? { ...others, annotations: rest } : others;
}
