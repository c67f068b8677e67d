import type { z } from 'zod';
import type { ScalePaths } from './custom-resource-definition.js';
import type { ValidationRule } from './json-schema-props.js';

/** A column that `kubectl get` shows. */
export interface PrinterColumn {
  /** The name of the field above. */
  readonly name: string;
  /** The field, such as `.spec.host`. */
  readonly path: string;
  /** Default: by the field's schema; `string` where the path is more than names. */
  readonly type?: 'boolean' | 'date' | 'integer' | 'number' | 'string' | undefined;
  readonly description?: string | undefined;
  /** 0 is shown always, more only in wide output. Default 0. */
  readonly priority?: number | undefined;
}

/** The parts of one version of a kind. */
export interface VersionOptions {
  /** Such as `v1` or `v1beta1`. */
  readonly version: string;
  /** The desired state, as users write it. */
  readonly spec: z.ZodType;
  /** The observed state, as the controller writes it. With one, the kind has the status subresource. */
  readonly status?: z.ZodType | undefined;
  /** Rules about the whole object, metadata.name included: `{ rule: 'self.metadata.name.size() < 30' }`. */
  readonly rules?: readonly ValidationRule[] | undefined;
  /** The purpose of the kind; `kubectl explain` shows it. */
  readonly description?: string | undefined;
  /** Columns of `kubectl get`, after the name. Default: the age. */
  readonly printerColumns?: readonly PrinterColumn[] | undefined;
  /** Paths that field selectors may name, such as `.spec.host`: at most eight strings, booleans or whole numbers. */
  readonly selectableFields?: readonly string[] | undefined;
  /** Where the replicas are. With it, the kind has the scale subresource: `kubectl scale` and autoscalers work. */
  readonly scale?: ScalePaths | undefined;
  /** True if clients can use this version. Default true. */
  readonly served?: boolean | undefined;
  /** True, or a text of your own, if clients are warned against this version. Default false. */
  readonly deprecated?: boolean | string | undefined;
}
