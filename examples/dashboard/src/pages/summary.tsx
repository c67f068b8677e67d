import type { ComponentChildren } from 'preact';
import type { Kind } from '../data/kinds.js';
import { findKind } from '../data/kinds.js';
import { age, at, type Fields, type KubeObject, listAt, mapAt, textAt } from '../data/objects.js';
import { groupOf } from '../data/owner-tree.js';
import { Badge, Card, PlainTable, toneOf } from '../parts/basics.js';
import { useNow } from '../parts/hooks.js';
import { detailHref } from '../router.js';
import { context, kinds } from '../state.js';

/** The main facts of an object: its state, its metadata, and what its kind has. */
export function SummaryTab({ kind, object }: { kind: Kind; object: KubeObject }) {
  return (
    <div class="summary">
      <Facts kind={kind} object={object} />
      <Conditions object={object} />
      <Containers pod={object} />
      <Ports object={object} />
      <Data object={object} />
    </div>
  );
}

/** Fields of the status and spec that are worth a line, for any kind that has them. */
const usualFields: readonly (readonly [string, string])[] = [
  ['Phase', 'status.phase'],
  ['Pod IP', 'status.podIP'],
  ['QoS class', 'status.qosClass'],
  ['Restart policy', 'spec.restartPolicy'],
  ['Type', 'spec.type'],
  ['Cluster IP', 'spec.clusterIP'],
  ['Strategy', 'spec.strategy.type'],
  ['Schedule', 'spec.schedule'],
  ['Storage class', 'spec.storageClassName'],
  ['Kubelet', 'status.nodeInfo.kubeletVersion'],
  ['Operating system', 'status.nodeInfo.osImage'],
  ['CPU', 'status.allocatable.cpu'],
  ['Memory', 'status.allocatable.memory'],
];

function Facts({ kind, object }: { kind: Kind; object: KubeObject }) {
  const now = useNow();
  const { metadata } = object;
  const facts: [string, ComponentChildren][] = [['Kind', `${kind.kind} (${object.apiVersion ?? ''})`]];
  if (at(object, 'spec.replicas') !== undefined)
    facts.push([
      'Replicas',
      `${textAt(object, 'status.readyReplicas') || 0} of ${textAt(object, 'spec.replicas')} ready`,
    ]);
  for (const [label, path] of usualFields) {
    const text = textAt(object, path);
    if (text !== '') facts.push([label, label === 'Phase' ? <Badge tone={toneOf(text)}>{text}</Badge> : text]);
  }
  const node = textAt(object, 'spec.nodeName');
  const nodes = findKind(kinds.value, 'nodes', '');
  if (node !== '' && nodes !== undefined)
    facts.push(['Node', <a href={detailHref(context.value, nodes, undefined, node)}>{node}</a>]);
  for (const owner of metadata.ownerReferences ?? []) {
    const ownerKind = kinds.value.find((one) => one.kind === owner.kind && one.group === groupOf(owner.apiVersion));
    const text = `${owner.kind} ${owner.name}`;
    const href =
      ownerKind &&
      detailHref(context.value, ownerKind, ownerKind.namespaced ? metadata.namespace : undefined, owner.name);
    facts.push(['Owner', href === undefined ? text : <a href={href}>{text}</a>]);
  }
  if (at(object, 'spec.unschedulable') === true) facts.push(['Scheduling', <Badge tone="warn">Disabled</Badge>]);
  facts.push([
    'Created',
    <time dateTime={metadata.creationTimestamp} title={metadata.creationTimestamp}>
      {age(metadata.creationTimestamp, now)} ago
    </time>,
  ]);
  facts.push(['UID', <code>{metadata.uid}</code>]);
  return (
    <Card title="Details">
      <dl class="facts">
        {facts.map(([label, value], index) => (
          <div key={`${label}${index}`}>
            <dt>{label}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <Pairs title="Labels" pairs={mapAt(object, 'metadata.labels')} />
      <Pairs title="Selector" pairs={selectorPairs(object)} />
      <Pairs title="Annotations" pairs={mapAt(object, 'metadata.annotations')} />
    </Card>
  );
}

function selectorPairs(object: KubeObject): { readonly [key: string]: string } {
  const labels = mapAt(object, 'spec.selector.matchLabels');
  if (Object.keys(labels).length > 0) return labels;
  const pairs = Object.entries(mapAt(object, 'spec.selector')).filter(([, value]) => typeof value === 'string');
  return Object.fromEntries(pairs);
}

function Pairs({ title, pairs }: { title: string; pairs: { readonly [key: string]: string } }) {
  const entries = Object.entries(pairs);
  if (entries.length === 0) return null;
  return (
    <div class="pairs">
      <h3>{title}</h3>
      <ul>
        {entries.map(([key, value]) => (
          <li key={key} title={`${key}=${value}`}>
            <span>{key}</span>
            {value !== '' && <span class="pair-value">{value.length > 80 ? `${value.slice(0, 80)}…` : value}</span>}
          </li>
        ))}
      </ul>
    </div>
  );
}

function Conditions({ object }: { object: KubeObject }) {
  const now = useNow();
  const conditions = listAt(object, 'status.conditions');
  if (conditions.length === 0) return null;
  return (
    <Card title="Conditions">
      <PlainTable
        label="Conditions"
        columns={['Condition', 'Status', 'Reason', 'Message', 'Changed']}
        rows={conditions.map((condition) => {
          const type = textAt(condition, 'type');
          return {
            key: type,
            cells: [
              type,
              <Badge key="status" tone={conditionTone(type, textAt(condition, 'status'))}>
                {textAt(condition, 'status')}
              </Badge>,
              textAt(condition, 'reason') || '–',
              textAt(condition, 'message') || '–',
              age(textAt(condition, 'lastTransitionTime'), now),
            ],
          };
        })}
      />
    </Card>
  );
}

/** Conditions that are a problem when they are true. */
function conditionTone(type: string, status: string) {
  if (status === 'Unknown') return 'warn';
  const isBad = /Pressure|Failure|Failed|Unavailable|Dangling|Terminating/.test(type);
  return (status === 'True') === isBad ? 'bad' : 'ok';
}

function Containers({ pod }: { pod: KubeObject }) {
  const containers =
    listAt(pod, 'spec.containers').length > 0
      ? listAt(pod, 'spec.containers')
      : listAt(pod, 'spec.template.spec.containers');
  if (containers.length === 0) return null;
  const statuses = new Map(listAt(pod, 'status.containerStatuses').map((one) => [textAt(one, 'name'), one]));
  return (
    <Card title="Containers">
      <PlainTable
        label="Containers"
        columns={['Name', 'Image', 'State', 'Restarts', 'Ports', 'Requests']}
        rows={containers.map((container) => {
          const name = textAt(container, 'name');
          const status = statuses.get(name);
          return {
            key: name,
            cells: [
              name,
              <code key="image">{textAt(container, 'image')}</code>,
              status === undefined ? '–' : <ContainerState key="state" status={status} />,
              status === undefined ? '–' : textAt(status, 'restartCount'),
              listAt(container, 'ports')
                .map((port) => `${textAt(port, 'containerPort')}/${textAt(port, 'protocol') || 'TCP'}`)
                .join(', ') || '–',
              Object.entries(mapAt(container, 'resources.requests'))
                .map(([key, value]) => `${key} ${value}`)
                .join(', ') || '–',
            ],
          };
        })}
      />
    </Card>
  );
}

function ContainerState({ status }: { status: Fields }) {
  const [state = 'unknown'] = Object.keys(mapAt(status, 'state'));
  const reason = textAt(status, `state.${state}.reason`);
  return (
    <Badge tone={state === 'running' ? 'ok' : reason === 'Completed' ? 'quiet' : state === 'waiting' ? 'warn' : 'bad'}>
      {reason || state}
    </Badge>
  );
}

function Ports({ object }: { object: KubeObject }) {
  const ports = object.kind === 'Service' ? listAt(object, 'spec.ports') : [];
  if (ports.length === 0) return null;
  return (
    <Card title="Ports">
      <PlainTable
        label="Ports"
        columns={['Name', 'Port', 'Target', 'Protocol', 'Node port']}
        rows={ports.map((port, index) => ({
          key: String(index),
          cells: ['name', 'port', 'targetPort', 'protocol', 'nodePort'].map((field) => textAt(port, field) || '–'),
        }))}
      />
    </Card>
  );
}

/** The keys of config maps and secrets. Values of secrets stay hidden until they are asked for. */
function Data({ object }: { object: KubeObject }) {
  const entries = Object.entries(mapAt(object, 'data'));
  if (entries.length === 0 || (object.kind !== 'ConfigMap' && object.kind !== 'Secret')) return null;
  return (
    <Card title="Data">
      {entries.map(([key, value]) => (
        <details key={key} class="data-entry">
          <summary>
            {key}{' '}
            <span class="muted">
              {value.length.toLocaleString('en')} characters{object.kind === 'Secret' ? ', encoded' : ''}
            </span>
          </summary>
          <pre>{object.kind === 'Secret' ? decoded(value) : value}</pre>
        </details>
      ))}
    </Card>
  );
}

function decoded(value: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Uint8Array.from(atob(value), (one) => one.charCodeAt(0)));
  } catch {
    return value;
  }
}
