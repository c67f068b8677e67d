import type { z } from 'zod';
import { InvalidRequestError } from '../errors/index.js';
import {
  apiVersionOf,
  type KubeObject,
  type RawExtension,
  type Resource,
  type ResourceType,
  type Scope,
  type WrittenAs,
} from '../meta/index.js';
import type {
  CustomObject,
  CustomResourceDefinition,
  StatusSubresource,
  WebhookClientConfig,
} from './custom-resource-definition.js';
import { type DefinedResource, describe } from './define-resource.js';
import { DefinitionError, type DefinitionProblem } from './definition-error.js';
import { makeVersion } from './make-version.js';
import type { VersionOptions } from './version-options.js';

/** Any kind made by `defineResource` or `defineVersion`. */
export type AnyDefinedResource = Pick<
  DefinedResource,
  'group' | 'version' | 'kind' | 'plural' | 'scope' | 'definition'
>;

/** The written form of a descriptor's objects. */
type WrittenType<R> = R extends Resource<infer T, Scope, infer Sub> ? (Sub extends WrittenAs<infer I> ? I : T) : never;

/** The conversion of objects from one version to the stored version, and back. Both ignore apiVersion and metadata. */
interface Converter {
  readonly toStored: (object: never) => object;
  readonly fromStored: (object: never) => object;
}

/** The converters of versions that have one; a table beside the descriptors, which stay plain data. */
const converters = new WeakMap<object, Converter>();

/** The options of `defineVersion`. */
export interface OlderVersionOptions<H extends DefinedResource, Spec extends z.ZodType, Status extends z.ZodType>
  extends VersionOptions {
  /** The desired state in this version. */
  readonly spec: Spec;
  /** The observed state in this version. */
  readonly status?: Status;
  /** Makes an object of this version one of the stored version. Only spec and status are asked for. */
  readonly toStored?:
    | ((object: CustomObject<z.output<Spec>, z.output<Status>>) => Omit<WrittenType<H>, keyof KubeObject>)
    | undefined;
  /** Makes an object of the stored version one of this version; given together with `toStored`. */
  readonly fromStored?:
    | ((object: ResourceType<H>) => Omit<CustomObject<z.input<Spec>, z.input<Status>>, keyof KubeObject>)
    | undefined;
}

/**
 * Another version of a kind that `defineResource` made, which stays the version objects are stored in. With `toStored` and
 * `fromStored`, objects are converted by a webhook, for which `converter` makes the function; without them, only
 * `apiVersion` changes, and fields that one of the versions does not know are lost. Throws a `DefinitionError`.
 */
export function defineVersion<H extends DefinedResource, Spec extends z.ZodType, Status extends z.ZodType = z.ZodNever>(
  stored: H,
  options: OlderVersionOptions<H, Spec, Status>,
): DefinedResource<
  CustomObject<z.output<Spec>, z.output<Status>>,
  H['scope'],
  WrittenAs<CustomObject<z.input<Spec>, z.input<Status>>> &
    StatusSubresource<CustomObject<z.output<Spec>, z.output<Status>>>
> {
  const { toStored, fromStored } = options;
  const problems: DefinitionProblem[] = [];
  if (options.version === stored.version)
    problems.push({ path: 'version', message: `${stored.version} is the stored version` });
  if ((toStored === undefined) !== (fromStored === undefined)) {
    problems.push({
      path: 'toStored',
      message: 'toStored and fromStored go together: objects are read in every version',
    });
  }
  const version = makeVersion(options, false, problems);
  if (problems.length > 0) throw new DefinitionError(`${stored.kind} ${options.version}`, problems);
  const { definition } = stored;
  const made = describe<CustomObject<z.output<Spec>, z.output<Status>>, H['scope'], never>(options, {
    ...definition,
    spec: { ...definition.spec, versions: [version] },
  });
  if (toStored !== undefined && fromStored !== undefined) converters.set(made, { toStored, fromStored });
  return made;
}

/** Options of `customResourceDefinitions` and of what is built on it. */
export interface ManifestOptions {
  /** Where the webhook is that converts between versions. Default: what `defineResource` was told. */
  readonly conversion?: WebhookClientConfig | undefined;
}

/**
 * The manifests of these kinds: one for each, with all its versions. Throws a `DefinitionError` where a version stands without the
 * stored one, or has functions to convert with and nobody says where the webhook is.
 */
export function manifestsOf(
  kinds: readonly AnyDefinedResource[],
  options: ManifestOptions = {},
): CustomResourceDefinition[] {
  const byName = new Map<string, AnyDefinedResource[]>();
  for (const kind of kinds) {
    const name = `${kind.plural}.${kind.group}`;
    byName.set(name, [...(byName.get(name) ?? []), kind]);
  }
  return [...byName.values()].map((versions) => manifestOf(versions, options));
}

function manifestOf(kinds: readonly AnyDefinedResource[], { conversion }: ManifestOptions): CustomResourceDefinition {
  const [first] = kinds;
  const stored = kinds.find(({ definition }) => definition.spec.versions.some(({ storage }) => storage));
  const problems: DefinitionProblem[] = [];
  const names = kinds.map(({ version }) => version);
  if (stored === undefined)
    problems.push({ path: 'versions', message: 'the stored version, made by defineResource, is missing' });
  if (new Set(names).size < names.length)
    problems.push({ path: 'versions', message: `a version comes twice among ${names.join(', ')}` });
  const base = stored?.definition ?? first?.definition;
  const webhook = conversion ?? base?.spec.conversion?.webhook?.clientConfig;
  if (webhook === undefined && kinds.some((kind) => converters.has(kind))) {
    problems.push({
      path: 'conversion',
      message: 'versions that convert need a webhook: say where it is (service or url, caBundle)',
    });
  }
  if (base === undefined || problems.length > 0) throw new DefinitionError(first?.kind ?? 'nothing', problems);
  const { conversion: _conversion, ...spec } = base.spec;
  return {
    ...base,
    spec: {
      ...spec,
      versions: [...kinds]
        .sort((a, b) => Number(b === stored) - Number(a === stored))
        .flatMap(({ definition }) => definition.spec.versions),
      ...(webhook === undefined
        ? {}
        : {
            conversion: {
              strategy: 'Webhook' as const,
              webhook: { clientConfig: webhook, conversionReviewVersions: ['v1'] },
            },
          }),
    },
  };
}

/** Converts an object to the version of another `apiVersion`: what a conversion webhook answers with. */
export type Converted = (object: KubeObject, apiVersion: string) => KubeObject & RawExtension;

/**
 * The function of the conversion webhook of a kind with these versions: metadata stays as it is, spec and status go through the stored
 * version. Throws an `InvalidRequestError` for objects of other kinds, and `ZodError` for what its own version does not allow.
 */
export function converter(kinds: readonly (AnyDefinedResource & Pick<DefinedResource, 'parse'>)[]): Converted {
  const find = (kind: string | undefined, apiVersion: string | undefined) => {
    const found = kinds.find((one) => one.kind === kind && apiVersionOf(one) === apiVersion);
    if (found === undefined)
      throw new InvalidRequestError(`there is no version ${apiVersion} of ${kind} to convert from or to`);
    return found;
  };
  return (object, apiVersion) => {
    const from = find(object.kind, object.apiVersion);
    const to = find(object.kind, apiVersion);
    if (from === to) return { ...object };
    const { metadata } = object;
    const stored = run(converters.get(from)?.toStored, from.parse(object));
    const hub = kinds.find(({ definition }) => definition.spec.versions.some(({ storage }) => storage)) ?? to;
    const whole = hub.parse({ ...stored, apiVersion: apiVersionOf(hub), kind: object.kind, metadata });
    const made = to === hub ? whole : run(converters.get(to)?.fromStored, whole);
    return { ...made, apiVersion, kind: object.kind, metadata };
  };
}

function run(convert: ((object: never) => object) | undefined, object: KubeObject): object {
  // Which version an object is of is known by its apiVersion alone.
  return convert === undefined ? object : convert(object as never);
}
