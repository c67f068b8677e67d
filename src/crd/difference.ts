import type { CallOptions } from '../client/index.js';
import { isApiError } from '../errors/index.js';
import type { KubeObject } from '../meta/index.js';
import { type CustomResourceDefinition, customResourceDefinitions } from './custom-resource-definition.js';
import { type AnyDefinedResource, type ManifestOptions, manifestsOf } from './define-version.js';
import type { DefinitionCluster } from './install.js';
import { lineDifference } from './line-difference.js';

/** The options of `difference`. */
export interface DifferenceOptions extends ManifestOptions, Pick<CallOptions, 'signal'> {
  /** In whose name the definitions are applied by `install`. Default `keelson`. */
  readonly manager?: string | undefined;
}

/** The difference between the definition of a kind in a cluster and the one in the code. */
export interface DefinitionDifference {
  /** The name of the definition. */
  readonly name: string;
  /** True if the cluster has the definition. */
  readonly installed: boolean;
  /** Lines of YAML, as `diff -u` writes them: `-` what the cluster has, `+` what the code says. Empty: no difference. */
  readonly text: string;
}

/**
 * Returns the changes that `install` would make. The cluster applies the definitions as a dry run, so that its own defaults do not count
 * as differences. Throws an `ApiError` as `install` would.
 */
export async function difference(
  cluster: DefinitionCluster,
  kinds: readonly AnyDefinedResource[],
  options: DifferenceOptions = {},
): Promise<DefinitionDifference[]> {
  const { manager = 'keelson', signal } = options;
  const client = cluster.resource(customResourceDefinitions);
  const found: DefinitionDifference[] = [];
  for (const manifest of manifestsOf(kinds, options)) {
    const name = manifest.metadata?.name ?? '';
    const before = await client.find(name, { signal });
    const body = { ...manifest, metadata: { ...manifest.metadata, name } };
    const after = await client.apply(body, { manager, force: true, dryRun: true, signal }).catch((error: unknown) => {
      // Where the cluster would not take it, the difference is what is written here.
      if (isApiError(error) && error.isForbidden) return manifest;
      throw error;
    });
    const text = lineDifference(
      before === undefined ? '' : await yamlOf(shown(before)),
      await yamlOf(shown(after)),
      name,
    );
    found.push({ name, installed: before !== undefined, text });
  }
  return found;
}

/** Returns the part of a definition that its author wrote. */
function shown({ apiVersion, kind, metadata, spec }: CustomResourceDefinition): KubeObject & { spec: unknown } {
  const { name, labels, annotations } = metadata ?? {};
  return {
    apiVersion,
    kind,
    metadata: {
      name,
      ...(labels === undefined ? {} : { labels }),
      ...(annotations === undefined ? {} : { annotations }),
    },
    spec,
  };
}

/** Manifests as YAML, one document each. */
export async function toYaml(manifests: readonly KubeObject[]): Promise<string> {
  return (await Promise.all(manifests.map(yamlOf))).join('---\n');
}

async function yamlOf(value: unknown): Promise<string> {
  const { stringify } = await import('yaml');
  return stringify(value, { lineWidth: 0, aliasDuplicateObjects: false });
}
