import type { ComponentChildren } from 'preact';
import { findKind, type Kind } from '../data/kinds.js';
import type { TableQuery } from '../data/live-table.js';
import { at, bytes, type KubeObject, listAt, mapAt, numberAt, quantity } from '../data/objects.js';
import { titleOf } from '../navigation.js';
import { Badge, Card, Empty, Loading, Meter, Notice, toneOf } from '../parts/basics.js';
import { useObjects, useTable } from '../parts/hooks.js';
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

const everything: TableQuery = { search: '', sort: undefined, status: undefined };

function Pods() {
  const kind = findKind(kinds.value, 'pods', '');
  return kind === undefined ? null : <PodCounts kind={kind} />;
}

/** Counts pods by their status. The table of the server is a tenth of the size of the pods. */
function PodCounts({ kind }: { kind: Kind }) {
  const view = useTable(kind, namespace.value, everything);
  const parts = view?.counts ?? [];
  const isLoaded = view !== undefined && view.phase !== 'loading';
  return (
    <Card title="Pods" actions={<a href={listHref(context.value, kind)}>View all</a>}>
      <State error={view?.phase === 'failed' ? view.message : ''} isLoaded={isLoaded}>
        <p class="big-number">
          {(view?.total ?? 0).toLocaleString('en')} <span>pods</span>
        </p>
        <div
          class="stack"
          role="img"
          aria-label={parts.map(([status, count]) => `${status}: ${count}`).join(', ') || 'no pods'}
        >
          {parts.map(([status, count]) => (
            <div key={status} class={toneOf(status)} style={{ flexGrow: count }} />
          ))}
        </div>
        <ul class="legend">
          {parts.slice(0, 8).map(([status, count]) => (
            <li key={status}>
              <span class={`dot ${toneOf(status)}`} aria-hidden="true" />
              <a href={`${listHref(context.value, kind)}?status=${encodeURIComponent(status)}`}>{status}</a>{' '}
              <strong>{count.toLocaleString('en')}</strong>
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
