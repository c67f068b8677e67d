import type { ComponentChildren } from 'preact';
import { request } from '../data/api.js';
import { Finder } from '../pages/finder.js';
import { openDialog } from '../parts/dialog.js';
import { Icon } from '../parts/icons.js';
import { go, namespace, pageHref, setParameters } from '../router.js';
import { context, contexts, namespaces, signedIn, user } from '../state.js';
import { theme, toggleTheme } from '../theme.js';

export function TopBar({ menu }: { menu: ComponentChildren }) {
  const chosen = context.value;
  return (
    <header class="top-bar">
      {menu}
      <a class="brand" href={pageHref(chosen, 'overview')}>
        <img src="/icon.svg" alt="" width="26" height="26" />
        <span>Keelson</span>
      </a>
      <div class="scope">
        <ContextSelect />
        <NamespaceSelect />
      </div>
      <div class="top-actions">
        <button type="button" class="finder-button" onClick={() => openDialog(() => <Finder />)}>
          <Icon name="search" />
          <span>Go to…</span>
          <kbd>Ctrl K</kbd>
        </button>
        <a class="button primary create" href={pageHref(chosen, 'create')}>
          <Icon name="plus" />
          <span>Create</span>
        </a>
        <button
          type="button"
          class="icon-button"
          aria-label={theme.value === 'dark' ? 'Use light colours' : 'Use dark colours'}
          onClick={toggleTheme}
        >
          <Icon name={theme.value === 'dark' ? 'sun' : 'moon'} />
        </button>
        <button
          type="button"
          class="icon-button"
          aria-label={`Sign out ${user.value.username}`}
          title={user.value.username}
          onClick={() => void signOut()}
        >
          <Icon name="signOut" />
        </button>
      </div>
    </header>
  );
}

function ContextSelect() {
  return (
    <label class="scope-field">
      <span>Cluster</span>
      <select
        value={context.value}
        onChange={(event) => go(new URL(pageHref(event.currentTarget.value, 'overview'), location.href).href)}
      >
        {contexts.value.map(({ name }) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}

/** Users who may not list namespaces write the name of theirs. */
function NamespaceSelect() {
  const chosen = namespace.value ?? '';
  const known = namespaces.value;
  const choose = (ns: string) => setParameters({ ns: ns.trim() || undefined }, false);
  return (
    <label class="scope-field" for="namespace">
      <span>Namespace</span>
      {known === undefined ? (
        <input
          id="namespace"
          value={chosen}
          placeholder="name"
          onChange={(event) => choose(event.currentTarget.value)}
        />
      ) : (
        <select id="namespace" value={chosen} onChange={(event) => choose(event.currentTarget.value)}>
          <option value="">All namespaces</option>
          {known.map((name) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
      )}
    </label>
  );
}

async function signOut(): Promise<void> {
  await request('/session', { method: 'DELETE' }).catch(() => {});
  signedIn.value = false;
}
