import type { ComponentChildren } from 'preact';
import { findKind, type Kind } from '../data/kinds.js';
import { at, bytes, type KubeObject, listAt, mapAt, numberAt, quantity, textAt } from '../data/objects.js';
import { titleOf } from '../navigation.js';
import { Badge, Card, Empty, Loading, Meter, Notice, type Tone } from '../parts/basics.js';
import { useObjects } from '../parts/hooks.js';
import { detailHref, listHref, namespace } from '../router.js';
import { context, kinds } from '../state.js';
import { EventTable } from './events.js';

/** The state of the cluster, or of one namespace, on one page. */
export function OverviewPage() {
  const ns = namespace.value;
  return (
    <>
      <header class="page-head">
        <h1>Overview</h1>
        <span class="muted">{ns === undefined ? 'all namespaces' : ns}</span>
      </header>
      <div class="overview">
        <Pods />
        <Nodes />
        <Workloads />
        <Quotas />
        <RecentEvents />
      </div>
    </>
  );
}

const phaseTones: { readonly [phase: string]: Tone } = {
  Running: 'ok',
  Succeeded: 'quiet',
  Pending: 'warn',
  Failed: 'bad',
  Unknown: 'warn',
};

function Pods() {
  const kind = findKind(kinds.value, 'pods', '');
  const { objects, error, isLoaded } = useObjects(kind && { kind, namespace: namespace.value });
  const counts = new Map<string, number>();
  for (const pod of objects) {
    const phase = textAt(pod, 'status.phase') || 'Unknown';
    counts.set(phase, (counts.get(phase) ?? 0) + 1);
  }
  const parts = [...counts].sort(([, a], [, b]) => b - a);
  return (
    <Card title="Pods" actions={kind && <a href={listHref(context.value, kind)}>View all</a>}>
      <State error={error} isLoaded={isLoaded}>
        <p class="big-number">
          {objects.length.toLocaleString('en')} <span>pods</span>
        </p>
        <div
          class="stack"
          role="img"
          aria-label={parts.map(([phase, count]) => `${phase}: ${count}`).join(', ') || 'no pods'}
        >
          {parts.map(([phase, count]) => (
            <div key={phase} class={phaseTones[phase] ?? 'info'} style={{ flexGrow: count }} />
          ))}
        </div>
        <ul class="legend">
          {parts.map(([phase, count]) => (
            <li key={phase}>
              <span class={`dot ${phaseTones[phase] ?? 'info'}`} aria-hidden="true" />
              {phase} <strong>{count.toLocaleString('en')}</strong>
            </li>
          ))}
        </ul>
      </State>
    </Card>
  );
}

function Nodes() {
  const kind = findKind(kinds.value, 'nodes', '');
  const { objects, error, isLoaded } = useObjects(kind && { kind });
  const isReady = (node: KubeObject) =>
    listAt(node, 'status.conditions').some(({ type, status }) => type === 'Ready' && status === 'True');
  const ready = objects.filter(isReady);
  const sum = (field: string) =>
    objects.reduce((total, node) => total + quantity(at(node, `status.allocatable.${field}`)), 0);
  const cordoned = objects.filter((node) => at(node, 'spec.unschedulable') === true).length;
  return (
    <Card title="Nodes" actions={kind && <a href={listHref(context.value, kind)}>View all</a>}>
      <State error={error} isLoaded={isLoaded}>
        <p class="big-number">
          {ready.length} <span>of {objects.length} ready</span>
        </p>
        <dl class="facts compact">
          <div>
            <dt>CPU</dt>
            <dd>{Math.round(sum('cpu'))} cores</dd>
          </div>
          <div>
            <dt>Memory</dt>
            <dd>{bytes(sum('memory'))}</dd>
          </div>
          <div>
            <dt>Pod slots</dt>
            <dd>{sum('pods').toLocaleString('en')}</dd>
          </div>
          <div>
            <dt>Cordoned</dt>
            <dd>{cordoned}</dd>
          </div>
        </dl>
        {kind &&
          objects
            .filter((node) => !isReady(node))
            .slice(0, 5)
            .map((node) => (
              <p key={node.metadata.name}>
                <Badge tone="bad">NotReady</Badge>{' '}
                <a href={detailHref(context.value, kind, undefined, node.metadata.name)}>{node.metadata.name}</a>
              </p>
            ))}
      </State>
    </Card>
  );
}

/** Kinds of workloads with the fields that hold how many pods are wanted, and how many are ready. */
const workloadKinds = [
  ['deployments', 'apps', 'spec.replicas', 'status.readyReplicas'],
  ['statefulsets', 'apps', 'spec.replicas', 'status.readyReplicas'],
  ['daemonsets', 'apps', 'status.desiredNumberScheduled', 'status.numberReady'],
  ['replicationcontrollers', '', 'spec.replicas', 'status.readyReplicas'],
  ['jobs', 'batch', 'spec.completions', 'status.succeeded'],
] as const;

function Workloads() {
  return (
    <Card title="Workloads">
      <ul class="workloads">
        {workloadKinds.map(([plural, group, wanted, ready]) => {
          const kind = findKind(kinds.value, plural, group);
          return kind && <WorkloadLine key={plural} kind={kind} wanted={wanted} ready={ready} />;
        })}
      </ul>
    </Card>
  );
}

function WorkloadLine({ kind, wanted, ready }: { kind: Kind; wanted: string; ready: string }) {
  const { objects, error, isLoaded } = useObjects({ kind, namespace: namespace.value });
  const behind = objects.filter((one) => numberAt(one, ready) < numberAt(one, wanted));
  return (
    <li>
      <a href={listHref(context.value, kind)}>{titleOf(kind)}</a>
      {error !== '' ? (
        <span class="muted" title={error}>
          no access
        </span>
      ) : (
        <span class="muted">{isLoaded ? objects.length : '…'}</span>
      )}
      {isLoaded && error === '' && objects.length > 0 && (
        <Badge tone={behind.length === 0 ? 'ok' : 'warn'}>
          {behind.length === 0 ? 'all ready' : `${behind.length} not ready`}
        </Badge>
      )}
      {behind.length > 0 && (
        <div class="behind">
          {behind.slice(0, 3).map((one) => (
            <a key={one.metadata.uid} href={detailHref(context.value, kind, one.metadata.namespace, one.metadata.name)}>
              {one.metadata.name} {numberAt(one, ready)}/{numberAt(one, wanted)}
            </a>
          ))}
        </div>
      )}
    </li>
  );
}

function Quotas() {
  const kind = findKind(kinds.value, 'resourcequotas', '');
  const { objects, error, isLoaded } = useObjects(kind && { kind, namespace: namespace.value });
  return (
    <Card title="Quota" actions={kind && <a href={listHref(context.value, kind)}>View all</a>}>
      <State error={error} isLoaded={isLoaded}>
        {objects.length === 0 && <Empty title="No quota is set" />}
        {objects.slice(0, 4).map((quota) => (
          <div key={quota.metadata.uid} class="quota">
            <h3>
              {quota.metadata.namespace} / {quota.metadata.name}
            </h3>
            {Object.entries(mapAt(quota, 'status.hard')).map(([name, hard]) => {
              const used = mapAt(quota, 'status.used')[name] ?? '0';
              return (
                <Meter
                  key={name}
                  label={name}
                  value={quantity(used)}
                  most={quantity(hard)}
                  text={`${used} of ${hard}`}
                />
              );
            })}
          </div>
        ))}
      </State>
    </Card>
  );
}

function RecentEvents() {
  const kind = findKind(kinds.value, 'events', '');
  const { objects, error, isLoaded } = useObjects(kind && { kind, namespace: namespace.value });
  return (
    <div class="wide">
      <Card title="Recent events" actions={kind && <a href={listHref(context.value, kind)}>View all</a>}>
        <State error={error} isLoaded={isLoaded}>
          <EventTable events={objects} most={10} withObject />
        </State>
      </Card>
    </div>
  );
}

function State({ error, isLoaded, children }: { error: string; isLoaded: boolean; children: ComponentChildren }) {
  if (!isLoaded) return <Loading />;
  if (error === '') return <div class="card-body">{children}</div>;
  return (
    <Notice tone="warn" title="No access">
      {error}
    </Notice>
  );
}
