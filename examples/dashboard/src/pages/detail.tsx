import type { Kind } from '../data/kinds.js';
import { findKind } from '../data/kinds.js';
import type { KubeObject } from '../data/objects.js';
import { titleOf } from '../navigation.js';
import { Badge, Loading, Notice } from '../parts/basics.js';
import { useObjects } from '../parts/hooks.js';
import { Icon } from '../parts/icons.js';
import { type Tab, Tabs } from '../parts/tabs.js';
import { listHref, parameter, setParameters } from '../router.js';
import { context, kinds } from '../state.js';
import { ActionBar } from './action-bar.js';
import { EventTable } from './events.js';
import { LogsTab } from './logs.js';
import { PreviewTab } from './preview.js';
import { RelationsTab } from './relations.js';
import { SummaryTab } from './summary.js';
import { TerminalTab } from './terminal-tab.js';
import { YamlTab } from './yaml-tab.js';

/** One object. */
export function DetailPage({ kind, namespace, name }: { kind: Kind; namespace: string | undefined; name: string }) {
  const { objects, error, isLoaded } = useObjects({ kind, namespace, fields: `metadata.name=${name}` });
  const [object] = objects;
  return (
    <>
      <header class="page-head">
        <a class="back" href={listHref(context.value, kind)}>
          <Icon name="back" />
          {titleOf(kind)}
        </a>
        <h1>{name}</h1>
        {namespace !== undefined && <span class="muted">in {namespace}</span>}
        {object?.metadata.deletionTimestamp !== undefined && <Badge tone="warn">Terminating</Badge>}
        {object !== undefined && <ActionBar kind={kind} object={object} />}
      </header>
      {object !== undefined ? (
        <Tabs
          label="Views"
          tabs={tabsOf(kind, object)}
          chosen={parameter('tab') ?? 'summary'}
          onChoose={(tab) => setParameters({ tab: tab === 'summary' ? undefined : tab })}
        />
      ) : !isLoaded ? (
        <Loading />
      ) : (
        <Notice
          tone="warn"
          title={error === '' ? `${kind.kind} ${name} does not exist` : `You cannot read ${kind.kind} ${name}`}
        >
          {error !== '' && <p>{error}</p>}
          <a href={listHref(context.value, kind)}>Back to {titleOf(kind).toLowerCase()}</a>
        </Notice>
      )}
    </>
  );
}

/** Kinds whose pods have logs: those with a selector. */
const workloads = new Set([
  'Deployment',
  'ReplicaSet',
  'StatefulSet',
  'DaemonSet',
  'Job',
  'ReplicationController',
  'Service',
]);

function tabsOf(kind: Kind, object: KubeObject): Tab[] {
  const isPod = kind.kind === 'Pod' && kind.group === '';
  const hasPorts = isPod || (kind.kind === 'Service' && kind.group === '');
  return [
    { key: 'summary', label: 'Summary', content: () => <SummaryTab kind={kind} object={object} /> },
    ...(isPod || workloads.has(kind.kind)
      ? [{ key: 'logs', label: 'Logs', content: () => <LogsTab object={object} /> }]
      : []),
    ...(isPod ? [{ key: 'terminal', label: 'Terminal', content: () => <TerminalTab kind={kind} pod={object} /> }] : []),
    ...(hasPorts
      ? [{ key: 'preview', label: 'Preview', content: () => <PreviewTab kind={kind} object={object} /> }]
      : []),
    { key: 'events', label: 'Events', content: () => <EventsTab object={object} /> },
    { key: 'relations', label: 'Relations', content: () => <RelationsTab object={object} /> },
    { key: 'yaml', label: 'YAML', content: () => <YamlTab kind={kind} object={object} /> },
  ];
}

function EventsTab({ object }: { object: KubeObject }) {
  const kind = findKind(kinds.value, 'events', '');
  const { uid, namespace } = object.metadata;
  const { objects, error, isLoaded } = useObjects(
    kind && { kind, namespace: namespace ?? 'default', fields: `involvedObject.uid=${uid}` },
  );
  if (error !== '')
    return (
      <Notice tone="warn" title="You cannot read events here">
        {error}
      </Notice>
    );
  return isLoaded ? <EventTable events={objects} most={100} /> : <Loading />;
}
