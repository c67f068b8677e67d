import { fieldsOf, listOf, objectsOf, textOf } from '../../../../util/json-fields.js';
import { equal, type JsonObject } from '../../../../util/json-value.js';
import { type FieldError, forbiddenField, invalidValue } from '../../../object/field-error.js';
import type { ServerObject } from '../../../object/server-object.js';
import { mirrorAnnotation } from './mirror-annotation.js';
import { qosClass } from './qos.js';

const resizable = ['cpu', 'memory'];
const onlyResizable = 'only cpu and memory resources are mutable';

/** Checks a change of the resources of a pod that runs. */
export function podResizeProblems(pod: ServerObject, old: ServerObject): FieldError[] {
  const [spec, before] = [fieldsOf(pod.spec), fieldsOf(old.spec)];
  if (old.metadata.annotations?.[mirrorAnnotation] !== undefined)
    return [forbiddenField('', 'static pods cannot be resized')];
  if (fieldsOf(before.os).name === 'windows') return [forbiddenField('', 'windows pods cannot be resized')];
  const errors: FieldError[] = [];
  const was = textOf(fieldsOf(old.status).qosClass) || qosClass(before);
  if (was !== qosClass(spec))
    errors.push(invalidValue('spec', was, 'Pod QOS Class may not change as a result of resizing'));
  const running = objectsOf(fieldsOf(old.status).containerStatuses).find(
    ({ state }) => fieldsOf(state).running !== undefined,
  );
  if (running !== undefined && running.resources === undefined)
    errors.push(forbiddenField('spec', 'Pod running on node without support for resize'));
  const order = ['containers', 'initContainers'].flatMap((list) => orderProblems(list, spec, before));
  if (order.length > 0) return [...errors, ...order];
  for (const list of ['initContainers', 'containers']) errors.push(...removalProblems(list, spec, before));
  errors.push(...changeProblems('containers', spec, before, () => 'spec'));
  errors.push(...changeProblems('initContainers', spec, before, (index) => `spec.initContainers[${index}]`));
  return errors;
}

function orderProblems(list: string, spec: JsonObject, before: JsonObject): FieldError[] {
  const [now, old] = [objectsOf(spec[list]), objectsOf(before[list])];
  if (now.length !== old.length)
    return [forbiddenField(`spec.${list}`, `${list} may not be added or removed on resize`)];
  return now.flatMap(({ name }, index) =>
    name === old[index]?.name
      ? []
      : [forbiddenField(`spec.${list}[${index}].name`, `${list} may not be renamed or reordered on resize`)],
  );
}

/** Requests and limits may change, but not go. */
function removalProblems(list: string, spec: JsonObject, before: JsonObject): FieldError[] {
  return objectsOf(spec[list]).flatMap(({ resources }, index) => {
    const old = fieldsOf(objectsOf(before[list])[index]?.resources);
    return ['requests', 'limits'].flatMap((part) => {
      const now = fieldsOf(fieldsOf(resources)[part]);
      const gone = Object.keys(fieldsOf(old[part])).some((name) => now[name] === undefined);
      const path = `spec.${list}[${index}].resources.${part}`;
      return gone ? [forbiddenField(path, `resource ${part} cannot be removed`)] : [];
    });
  });
}

function changeProblems(
  list: string,
  spec: JsonObject,
  before: JsonObject,
  pathOf: (index: number) => string,
): FieldError[] {
  return objectsOf(spec[list]).flatMap((container, index) => {
    const old = objectsOf(before[list])[index] ?? {};
    const errors: FieldError[] = [];
    if (!equal(withoutResizable(container), withoutResizable(old))) {
      const why =
        list === 'containers'
          ? onlyResizable
          : 'only cpu and memory resources for init or sidecar containers are mutable';
      errors.push(forbiddenField(pathOf(index), why));
    }
    const restarts = listOf(container.resizePolicy).some(
      (policy) => fieldsOf(policy).restartPolicy === 'RestartContainer',
    );
    if (list === 'initContainers' && restarts && container.restartPolicy !== 'Always' && !equal(container, old)) {
      const why = 'non-sidecar init containers with a resize policy of RestartContainer cannot be resized';
      errors.push(forbiddenField(pathOf(index), why));
    }
    return errors;
  });
}

function withoutResizable({ resources, ...container }: JsonObject): JsonObject {
  const { requests, limits, ...others } = fieldsOf(resources);
  const rest = (amounts: unknown): JsonObject =>
    Object.fromEntries(Object.entries(fieldsOf(amounts)).filter(([name]) => !resizable.includes(name)));
  return { ...container, resources: { ...others, requests: rest(requests), limits: rest(limits) } };
}
