import { listAt, mapAt, textAt } from '../../data/objects.js';
import { checkPort } from './container.js';
import { checkPairs, type Form, linesOfPairs, metadataFields, pairsOf, withMetadata } from './form.js';

export const serviceForm: Form = {
  kind: 'Service',
  group: '',
  version: 'v1',
  fields: [
    ...metadataFields,
    { name: 'type', label: 'Type', type: 'choice', choices: ['ClusterIP', 'NodePort', 'LoadBalancer'] },
    {
      name: 'selector',
      label: 'Selector',
      type: 'lines',
      hint: 'Labels of the pods, one a line, such as app=web',
      check: checkPairs,
    },
    { name: 'port', label: 'Port', type: 'number', required: true, check: checkPort },
    {
      name: 'target',
      label: 'Port of the pods',
      type: 'text',
      hint: 'A number, or the name of a container port. Empty: the same',
    },
    { name: 'protocol', label: 'Protocol', type: 'choice', choices: ['TCP', 'UDP', 'SCTP'] },
  ],
  initial: {
    name: '',
    namespace: 'default',
    labels: '',
    type: 'ClusterIP',
    selector: '',
    port: '80',
    target: '',
    protocol: 'TCP',
  },
  read(object) {
    const [port] = listAt(object, 'spec.ports');
    return {
      name: object.metadata.name,
      namespace: object.metadata.namespace ?? '',
      labels: linesOfPairs(mapAt(object, 'metadata.labels')),
      type: textAt(object, 'spec.type') || 'ClusterIP',
      selector: linesOfPairs(mapAt(object, 'spec.selector')),
      port: textAt(port, 'port'),
      target: textAt(port, 'targetPort'),
      protocol: textAt(port, 'protocol') || 'TCP',
    };
  },
  write(values, object) {
    const [first, ...others] = listAt(object, 'spec.ports');
    const target = values.target ?? '';
    const port = {
      ...first,
      port: Number(values.port),
      protocol: values.protocol,
      ...(target === '' ? {} : { targetPort: /^\d+$/.test(target) ? Number(target) : target }),
    };
    const spec = {
      ...object.spec,
      type: values.type,
      selector: pairsOf(values.selector ?? ''),
      ports: [port, ...others],
    };
    return { ...withMetadata(values, object), spec };
  },
};
