import { fieldsOf } from '../../util/json-fields.js';
import type { JsonObject } from '../../util/json-value.js';
import type { Strategy } from '../object/server-context.js';
import type { ServerObject } from '../object/server-object.js';
import { dropDisabled } from './core/pods/pod-spec-defaults.js';
import { nameWarnings, podWarnings } from './core/pods/pod-warnings.js';

/** Where a kind has its template. */
interface Template {
  readonly of: (object: ServerObject) => unknown;
  readonly path: string;
}

const inSpec: Template = { of: ({ spec }) => fieldsOf(spec).template, path: 'spec.template' };

/**
 * Returns the strategy of a kind with a pod template. It drops disabled fields from templates and returns the warnings of pods, both when
 * the object is new and when its desired state changed. `named` says that pods are called by the object's name.
 */
export function templated(strategy: Strategy, named: boolean, template: Template = inSpec): Strategy {
  const templateOf = template.of;
  const podSpec = (object: ServerObject): JsonObject => fieldsOf(fieldsOf(templateOf(object)).spec);
  return {
    ...strategy,
    prepareForCreate: (object, request) => {
      dropDisabled(podSpec(object), {});
      return strategy.prepareForCreate?.(object, request);
    },
    prepareForUpdate: (object, old, request) => {
      dropDisabled(podSpec(object), podSpec(old));
      return strategy.prepareForUpdate?.(object, old, request);
    },
    warnings: (object, old) => {
      const own = strategy.warnings?.(object, old) ?? [];
      if (old !== undefined && object.metadata.generation === old.metadata.generation) return own;
      const names = named && old === undefined ? nameWarnings(object.metadata, 'Pod names and hostnames') : [];
      const { metadata } = fieldsOf(templateOf(object));
      const meta = { annotations: fieldsOf(fieldsOf(metadata).annotations) as { [key: string]: string } };
      return [...names, ...podWarnings(podSpec(object), meta, `${template.path}.`), ...own];
    },
  };
}
