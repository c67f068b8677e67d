import { useState } from 'preact/hooks';
import { apiVersionOf } from '../data/kinds.js';
import { PlainTable } from '../parts/basics.js';
import { listHref } from '../router.js';
import { context, kinds } from '../state.js';

/** Every kind that the cluster serves. */
export function KindsPage() {
  const [text, setText] = useState('');
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const shown = kinds.value
    .filter((kind) => {
      const all = [kind.kind, kind.plural, kind.group, ...kind.shortNames].join(' ').toLowerCase();
      return words.every((word) => all.includes(word));
    })
    .sort((a, b) => a.group.localeCompare(b.group) || a.kind.localeCompare(b.kind));
  return (
    <>
      <header class="page-head">
        <h1>All kinds</h1>
        <span class="muted">
          {shown.length} of {kinds.value.length}
        </span>
      </header>
      <div class="toolbar">
        <input
          type="search"
          aria-label="Search kinds"
          placeholder="Search"
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
        />
      </div>
      <PlainTable
        label="Kinds"
        columns={['Kind', 'API version', 'Scope', 'Short names']}
        rows={shown.map((kind) => ({
          key: `${kind.group}/${kind.plural}`,
          cells: [
            <a key="kind" href={listHref(context.value, kind)}>
              {kind.kind}
            </a>,
            <code key="version">{apiVersionOf(kind)}</code>,
            kind.namespaced ? 'Namespace' : 'Cluster',
            kind.shortNames.join(', '),
          ],
        }))}
      />
    </>
  );
}
