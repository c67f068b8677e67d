import { type Fields, listAt, mapAt, textAt } from '../../data/objects.js';
import { checkName, defined, type FormField, type FormValues, linesOf, linesOfPairs, pairsOf } from './form.js';

/** The fields of a pod's first container. */
export const containerFields: readonly FormField[] = [
  { name: 'container', label: 'Container name', type: 'text', required: true, check: checkName },
  { name: 'image', label: 'Image', type: 'text', required: true, hint: 'Such as nginx:1.29' },
  { name: 'command', label: 'Command', type: 'lines', hint: 'One word a line. Empty: the command of the image' },
  { name: 'port', label: 'Port', type: 'number', check: checkPort },
  { name: 'env', label: 'Environment', type: 'lines', hint: 'One variable a line, such as MODE=production' },
  { name: 'cpu', label: 'CPU request', type: 'text', hint: 'Such as 250m', check: checkQuantity },
  { name: 'memory', label: 'Memory request', type: 'text', hint: 'Such as 128Mi', check: checkQuantity },
];

export const initialContainer: FormValues = {
  container: 'main',
  image: '',
  command: '',
  port: '',
  env: '',
  cpu: '',
  memory: '',
};

export function checkPort(value: string): string | undefined {
  return value === '' || (/^\d+$/.test(value) && Number(value) >= 1 && Number(value) <= 65_535)
    ? undefined
    : 'Use a port from 1 to 65535';
}

function checkQuantity(value: string): string | undefined {
  return value === '' || /^\d+(?:\.\d+)?(?:m|k|M|G|T|Ki|Mi|Gi|Ti)?$/.test(value) ? undefined : 'This is not a quantity';
}

/** Reads the first container of a pod's spec. */
export function readContainer(podSpec: unknown): FormValues {
  const [container = {}] = listAt(podSpec, 'containers');
  const [port] = listAt(container, 'ports');
  const plain = listAt(container, 'env').filter((one) => one.valueFrom === undefined);
  return {
    container: textAt(container, 'name'),
    image: textAt(container, 'image'),
    command: ((container.command as string[] | undefined) ?? []).join('\n'),
    port: textAt(port, 'containerPort'),
    env: linesOfPairs(Object.fromEntries(plain.map((one) => [textAt(one, 'name'), textAt(one, 'value')]))),
    cpu: mapAt(container, 'resources.requests').cpu ?? '',
    memory: mapAt(container, 'resources.requests').memory ?? '',
  };
}

/** Writes the first container into a pod's spec. Other containers, and variables from elsewhere, stay. */
export function writeContainer(values: FormValues, podSpec: Fields): Fields {
  const [first = {}, ...others] = listAt(podSpec, 'containers');
  const [port, ...ports] = listAt(first, 'ports');
  const command = linesOf(values.command ?? '');
  const env = [
    ...Object.entries(pairsOf(values.env ?? '')).map(([name, value]) => ({ name, value })),
    ...listAt(first, 'env').filter((one) => one.valueFrom !== undefined),
  ];
  const { cpu: _, memory: __, ...requests } = mapAt(first, 'resources.requests');
  const wanted = { ...requests, ...defined({ cpu: values.cpu || undefined, memory: values.memory || undefined }) };
  const { requests: ___, ...resources } = mapAt(first, 'resources') as Fields;
  const allResources = { ...resources, ...(Object.keys(wanted).length === 0 ? {} : { requests: wanted }) };
  const allPorts = [...(values.port ? [{ ...port, containerPort: Number(values.port) }] : []), ...ports];
  const container = {
    ...first,
    ...defined({ name: values.container, image: values.image }),
    command: command.length === 0 ? undefined : command,
    ports: allPorts.length === 0 ? undefined : allPorts,
    env: env.length === 0 ? undefined : env,
    resources: Object.keys(allResources).length === 0 ? undefined : allResources,
  };
  return { ...podSpec, containers: [defined(container), ...others] };
}
