import type { KubeObject } from '../data/objects.js';
import { textAt } from '../data/objects.js';
import { type OwnerNode, ownerTree } from '../data/owner-tree.js';
import { Badge, Loading, Notice, toneOf } from '../parts/basics.js';
import { useLoaded } from '../parts/hooks.js';
import { detailHref } from '../router.js';
import { api, context, kinds } from '../state.js';

/** The owners of an object and what they own, as a tree. */
export function RelationsTab({ object }: { object: KubeObject }) {
  const { value, error } = useLoaded(`${object.metadata.uid}/${object.metadata.resourceVersion}`, () =>
    ownerTree(api.value, kinds.value, object),
  );
  if (error !== '')
    return (
      <Notice tone="warn" title="Cannot read the owners">
        {error}
      </Notice>
    );
  if (value === undefined) return <Loading />;
  return (
    <section class="card" aria-label="Owners and what they own">
      <ul class="owner-tree">
        <Branch node={value} shown={object.metadata.uid} />
      </ul>
    </section>
  );
}

function Branch({ node, shown }: { node: OwnerNode; shown: string | undefined }) {
  const { object, kind, children } = node;
  const { name, namespace, uid } = object.metadata;
  const phase = textAt(object, 'status.phase');
  return (
    <li>
      <span class={uid === shown ? 'owner-node current' : 'owner-node'}>
        <span class="muted">{object.kind}</span>{' '}
        {kind === undefined || uid === shown ? (
          <strong>{name}</strong>
        ) : (
          <a href={detailHref(context.value, kind, namespace, name)}>{name}</a>
        )}{' '}
        {phase !== '' && <Badge tone={toneOf(phase)}>{phase}</Badge>}
      </span>
      {children.length > 0 && (
        <ul>
          {children.map((child) => (
            <Branch key={child.object.metadata.uid} node={child} shown={shown} />
          ))}
        </ul>
      )}
    </li>
  );
}
