import { describe, expect, it } from 'vitest';
import { definitionProblems, definitionUpdateProblems } from '../../../src/server/custom/definition-validation.js';

const widget = (schema: object, changes: object = {}) => ({
  metadata: { name: 'widgets.example.com' },
  spec: {
    group: 'example.com',
    scope: 'Namespaced',
    names: { plural: 'widgets', singular: 'widget', kind: 'Widget', listKind: 'WidgetList' },
    conversion: { strategy: 'None' },
    versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: schema } }],
    ...changes,
  },
  status: { storedVersions: ['v1'] },
});

const problems = (schema: object, changes: object = {}) =>
  definitionProblems(widget(schema, changes)).map(({ field, message }) => `${field}: ${message}`);

const property = (a: object) => ({ type: 'object', properties: { a } });
const root = 'spec.validation.openAPIV3Schema';

describe('definitions', () => {
  it('are fine when they are structural', () => {
    const choice = { 'x-kubernetes-int-or-string': true, anyOf: [{ type: 'integer' }, { type: 'string' }] };
    expect(problems(property(choice))).toEqual([]);
    const chosen = { type: 'object', properties: { b: { type: 'string' } }, oneOf: [{ required: ['b'] }] };
    expect(problems(property(chosen))).toEqual([]);
  });

  it.each<[string, object, string[]]>([
    ['a list without items', { type: 'array' }, [`${root}.properties[a].items: Required value: must be specified`]],
    [
      'a type in a value validation',
      { type: 'string', not: { type: 'integer' } },
      [`${root}.properties[a].not.type: Forbidden: must be empty to be structural`],
    ],
    [
      'a default that is not valid',
      { type: 'integer', default: 'x' },
      [`${root}.properties[a].default: Invalid value: "string":  in body must be of type integer: "string"`],
    ],
    [
      'a default that would be pruned',
      { type: 'object', properties: {}, default: { z: 1 } },
      [`${root}.properties[a].default: Invalid value: {"z":1}: must not have unknown fields`],
    ],
    [
      'a pattern nobody can read',
      { type: 'string', pattern: '(' },
      [
        `${root}.properties[a].pattern: Invalid value: "(": must be a valid regular expression, but isn't: error parsing regexp: missing closing ): \`(\``,
      ],
    ],
    ['a reference', { type: 'string', $ref: '#/x' }, [`${root}.properties[a].$ref: Forbidden: $ref is not supported`]],
    [
      'a list map without keys',
      { type: 'array', 'x-kubernetes-list-type': 'map', items: { type: 'object' } },
      [
        `${root}.properties[a].x-kubernetes-list-map-keys: Required value: must not be empty if x-kubernetes-list-type is map`,
      ],
    ],
    [
      'a key that may be absent',
      {
        type: 'array',
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['k'],
        items: { type: 'object', properties: { k: { type: 'string' } } },
      },
      [
        `${root}.properties[a].items.properties[k].default: Required value: this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property`,
      ],
    ],
  ])('are refused for %s', (_, schema, expected) => {
    expect(problems(property(schema))).toEqual(expected);
  });

  it('are refused for a validation of a field that nobody declares', () => {
    expect(problems({ type: 'object', anyOf: [{ properties: { z: { minimum: 1 } } }] })).toEqual([
      `${root}.properties[z]: Required value: because it is defined in ${root}.anyOf[0].properties[z]`,
    ]);
  });

  it('in protected groups must say who approved them', () => {
    const spec = { group: 'x.k8s.io' };
    expect(problems({ type: 'object' }, spec).join()).toContain('protected groups must have approval annotation');
  });

  it('keep their group, plural and, once established, their kind and scope', () => {
    const old = { ...widget({ type: 'object' }), status: { conditions: [{ type: 'Established', status: 'True' }] } };
    const names = { plural: 'gadgets', singular: 'gadget', kind: 'Gadget', listKind: 'GadgetList' };
    const changed = widget({ type: 'object' }, { scope: 'Cluster', names });
    expect(definitionUpdateProblems(changed, old).map(({ field }) => field)).toEqual([
      'spec.scope',
      'spec.names.kind',
      'spec.names.plural',
    ]);
  });

  it('keep a version that objects may still be stored in', () => {
    const changed = { ...widget({ type: 'object' }), status: { storedVersions: ['v1alpha1', 'v1'] } };
    const [problem] = definitionUpdateProblems(changed, widget({ type: 'object' }));
    expect(problem).toMatchObject({ field: 'status.storedVersions[0]', reason: 'FieldValueInvalid' });
  });
});
