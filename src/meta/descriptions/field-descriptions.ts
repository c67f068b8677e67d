import { others } from './core-others.js';
import { pods } from './core-pods.js';
import { machinery } from './machinery.js';
import { otherGroups } from './other-groups.js';
import type { SchemaDescriptions } from './schema-descriptions.js';
import { apps, batch } from './workloads.js';

/**
 * The texts that hovers and `kubectl explain` show for the kinds that people use most, by OpenAPI package, in this project's own words. The
 * generator writes these texts into `generated/`, and the reference server serves them in OpenAPI.
 */
export const fieldDescriptions: { readonly [openApiPackage: string]: SchemaDescriptions } = {
  'io.k8s.api.core.v1': { ...pods, ...others },
  'io.k8s.api.apps.v1': apps,
  'io.k8s.api.batch.v1': batch,
  'io.k8s.apimachinery.pkg.apis.meta.v1': machinery,
  ...otherGroups,
};
