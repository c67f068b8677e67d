import { z } from 'zod';
import type { Resource, Scope, WrittenAs } from '../meta/index.js';
import type {
  CustomObject,
  CustomResourceDefinition,
  ScalePaths,
  ScaleSubresource,
  StatusSubresource,
  WebhookClientConfig,
} from './custom-resource-definition.js';
import { DefinitionError, type DefinitionProblem } from './definition-error.js';
import { makeNames } from './make-names.js';
import { makeVersion } from './make-version.js';
import type { VersionOptions } from './version-options.js';
import { withoutNulls } from './without-nulls.js';

/** The options of `defineResource`. */
export interface ResourceOptions extends VersionOptions {
  /** A domain of yours, such as `example.com`. */
  readonly group: string;
  /** In CamelCase, singular: `Website`. */
  readonly kind: string;
  /** The scope: objects live in a namespace or in the cluster. */
  readonly scope: Scope;
  /** The name in URLs. Default: an English plural of the kind in lower case; give it where that is wrong. */
  readonly plural?: string | undefined;
  /** Default: the kind in lower case. */
  readonly singular?: string | undefined;
  /** Default: the kind and `List`. */
  readonly listKind?: string | undefined;
  /** Short forms for kubectl, such as `ws`. Default: none. */
  readonly shortNames?: readonly string[] | undefined;
  /** Groups of kinds that this one is shown in, such as `all`. Default: none. */
  readonly categories?: readonly string[] | undefined;
  /** Where the webhook is that converts between versions; see `defineVersion`. Default: nothing but `apiVersion` changes. */
  readonly conversion?: WebhookClientConfig | undefined;
}

type StatusOutput<Status> = Status extends z.ZodType ? z.output<Status> : never;
type StatusInput<Status> = Status extends z.ZodType ? z.input<Status> : never;

/** An object of a kind as it is written: what has a default may be left out. */
export type InputOf<D extends VersionOptions> =
  undefined extends z.input<D['spec']>
    ? Omit<CustomObject<unknown, StatusInput<D['status']>>, 'spec'> & { spec?: z.input<D['spec']> }
    : CustomObject<z.input<D['spec']>, StatusInput<D['status']>>;

/** The subresources of a kind, by what its definition has. */
export type SubresourcesOf<D extends VersionOptions> = WrittenAs<InputOf<D>> &
  (D['status'] extends z.ZodType
    ? StatusSubresource<CustomObject<z.output<D['spec']>, StatusOutput<D['status']>>>
    : unknown) &
  (D['scale'] extends ScalePaths ? ScaleSubresource : unknown);

/** A kind defined with zod: a descriptor like every other, with the definition that makes clusters know it. */
export interface DefinedResource<
  T extends CustomObject<unknown, unknown> = CustomObject<unknown, unknown>,
  S extends Scope = Scope,
  Sub = object,
> extends Resource<T, S, Sub> {
  /** The manifest, with this version alone; `customResourceDefinitions` puts several versions together. */
  readonly definition: CustomResourceDefinition;
  /** Objects of this kind in zod: apiVersion and kind may be left out and are filled in, metadata is passed through. */
  readonly schema: z.ZodType<T>;
  /**
   * The object as the server would keep it: with its defaults, without unknown fields; a null that is not allowed counts as absent.
   * Throws zod's `ZodError` for what the schema does not allow. Rules without a `test` are left to the server.
   */
  parse(object: unknown): T;
}

/**
 * Defines a kind once. The result is its TypeScript type (`ResourceType<typeof Website>`) and a descriptor that works with every client,
 * informer and controller. It also has client-side defaults and validation (`parse`), and the CustomResourceDefinition for the cluster
 * (`definition`, applied by `install`).
 *
 * The manifest accepts and refuses the same values as zod. Throws a `DefinitionError` that names each place where that is not possible:
 * transforms, refinements without `rule()`, tuples, recursion, lookbehinds in patterns and so on.
 */
export function defineResource<const D extends ResourceOptions>(
  options: D,
): DefinedResource<CustomObject<z.output<D['spec']>, StatusOutput<D['status']>>, D['scope'], SubresourcesOf<D>> {
  const { group, kind, scope, conversion } = options;
  const problems: DefinitionProblem[] = [];
  const names = makeNames(options, problems);
  const version = makeVersion(options, true, problems);
  if (problems.length > 0) throw new DefinitionError(kind === '' ? 'a resource without a kind' : kind, problems);
  return describe(options, {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${names.plural}.${group}` },
    spec: {
      group,
      scope,
      names,
      versions: [version],
      ...(conversion === undefined
        ? {}
        : {
            conversion: {
              strategy: 'Webhook' as const,
              webhook: { clientConfig: conversion, conversionReviewVersions: ['v1'] },
            },
          }),
    },
  });
}

/** The descriptor of the one version in a definition. */
export function describe<T extends CustomObject<unknown, unknown>, S extends Scope, Sub>(
  { spec: specSchema, status: statusSchema, version: name }: VersionOptions,
  definition: CustomResourceDefinition,
): DefinedResource<T, S, Sub> {
  const { group, scope, names, versions } = definition.spec;
  const { kind } = names;
  const [version] = versions;
  const schema = objectSchema(`${group}/${name}`, kind, specSchema, statusSchema);
  const root = version?.schema.openAPIV3Schema ?? {};
  const own = `${group}/${name}/${kind}`;
  const verbs = ['get', 'patch', 'update'] as const;
  return {
    group,
    version: name,
    kind,
    plural: names.plural,
    singular: names.singular ?? kind.toLowerCase(),
    shortNames: names.shortNames ?? [],
    categories: names.categories ?? [],
    // The definition was made of options that said so.
    scope: scope as S,
    verbs: ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'],
    subresources: {
      ...(version?.subresources?.status === undefined ? {} : { status: { kind: own, verbs } }),
      ...(version?.subresources?.scale === undefined ? {} : { scale: { kind: 'autoscaling/v1/Scale', verbs } }),
    },
    definition,
    // zod's type of the object made above is the same, in more words.
    schema: schema as unknown as z.ZodType<T>,
    parse: (object) => schema.parse(withoutNulls(object, root)) as unknown as T,
  };
}

function objectSchema(apiVersion: string, kind: string, spec: z.ZodType, status: z.ZodType | undefined) {
  return z.object({
    apiVersion: z.literal(apiVersion).default(apiVersion),
    kind: z.literal(kind).default(kind),
    metadata: z.looseObject({}).optional(),
    spec,
    ...(status === undefined ? {} : { status: status.optional() }),
  });
}
