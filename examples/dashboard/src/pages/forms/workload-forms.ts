import { at, type Fields, mapAt, textAt } from '../../data/objects.js';
import { containerFields, initialContainer, readContainer, writeContainer } from './container.js';
import {
  type Form,
  type FormField,
  type FormValues,
  linesOfPairs,
  metadataFields,
  pairsOf,
  withMetadata,
} from './form.js';

const replicas: FormField = {
  name: 'replicas',
  label: 'Replicas',
  type: 'number',
  required: true,
  check: (value) => (/^\d{1,6}$/.test(value) ? undefined : 'Use a whole number'),
};

export const podForm: Form = {
  kind: 'Pod',
  group: '',
  version: 'v1',
  fields: [
    ...metadataFields,
    // The server lets the image of a pod be changed, and little else.
    ...containerFields.map((field) => ({ ...field, fixed: field.name !== 'image' })),
    {
      name: 'restart',
      label: 'Restart policy',
      type: 'choice',
      choices: ['Always', 'OnFailure', 'Never'],
      fixed: true,
    },
  ],
  initial: { ...initialContainer, name: '', namespace: 'default', labels: '', restart: 'Always' },
  read: (object) => ({
    ...readMetadata(object),
    ...readContainer(object.spec),
    restart: textAt(object, 'spec.restartPolicy') || 'Always',
  }),
  write(values, object) {
    const spec = writeContainer(values, object.spec ?? {});
    return { ...withMetadata(values, object), spec: { ...spec, restartPolicy: values.restart } };
  },
};

export const deploymentForm = controllerForm('Deployment', 'apps', (labels) => ({ matchLabels: labels }));
export const replicationControllerForm = controllerForm('ReplicationController', '', (labels) => labels);

/** Returns the form of a kind that makes pods from a template. */
function controllerForm(kind: string, group: string, selectorOf: (labels: { [key: string]: string }) => unknown): Form {
  return {
    kind,
    group,
    version: 'v1',
    fields: [...metadataFields, replicas, ...containerFields],
    initial: { ...initialContainer, name: '', namespace: 'default', labels: '', replicas: '1' },
    read: (object) => ({
      ...readMetadata(object),
      ...readContainer(at(object, 'spec.template.spec')),
      replicas: textAt(object, 'spec.replicas') || '1',
    }),
    write(values, object) {
      const named = withMetadata(values, object);
      const template = (at(object, 'spec.template') ?? {}) as Fields;
      const isNew = object.spec?.selector === undefined;
      const labels = isNew
        ? { ...pairsOf(values.labels ?? ''), app: values.name ?? '' }
        : mapAt(template, 'metadata.labels');
      return {
        ...named,
        spec: {
          ...object.spec,
          replicas: Number(values.replicas),
          selector: isNew ? selectorOf({ app: values.name ?? '' }) : object.spec?.selector,
          template: {
            ...template,
            metadata: { ...mapAt(template, 'metadata'), labels },
            spec: writeContainer(values, (template.spec ?? {}) as Fields),
          },
        },
      };
    },
  };
}

function readMetadata(object: Parameters<Form['read']>[0]): FormValues {
  return {
    name: object.metadata.name,
    namespace: object.metadata.namespace ?? '',
    labels: linesOfPairs(mapAt(object, 'metadata.labels')),
  };
}
