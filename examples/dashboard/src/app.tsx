import { useEffect, useState } from 'preact/hooks';
import { findKind } from './data/kinds.js';
import { AccessPage } from './pages/access.js';
import { CreatePage } from './pages/create.js';
import { DetailPage } from './pages/detail.js';
import { Finder, Shortcuts } from './pages/finder.js';
import { KindsPage } from './pages/kinds.js';
import { ListPage } from './pages/list.js';
import { OverviewPage } from './pages/overview.js';
import { SignIn } from './pages/sign-in.js';
import { Loading, Notice } from './parts/basics.js';
import { DialogHost, openDialog } from './parts/dialog.js';
import { Icon } from './parts/icons.js';
import { Toasts } from './parts/toasts.js';
import { route } from './router.js';
import { Sidebar } from './shell/sidebar.js';
import { TopBar } from './shell/top-bar.js';
import { clusterError, context, kinds, loadCluster, signedIn } from './state.js';

export function App() {
  if (signedIn.value === undefined) return <Loading />;
  if (!signedIn.value) return <SignIn />;
  return <Shell />;
}

function Shell() {
  const [menu, setMenu] = useState(false);
  const chosen = context.value;
  useEffect(() => {
    if (chosen === '') return;
    const stop = new AbortController();
    kinds.value = [];
    void loadCluster(stop.signal);
    return () => stop.abort();
  }, [chosen]);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => shortcut(event);
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, []);
  // The menu of a narrow window closes with the page.
  const { value: shown } = route;
  useEffect(() => setMenu(false), [shown]);
  return (
    <div class={menu ? 'shell menu-open' : 'shell'}>
      <a class="skip" href="#main">
        Skip to the page
      </a>
      <TopBar
        menu={
          <button
            type="button"
            class="icon-button menu-button"
            aria-label="Menu"
            aria-expanded={menu}
            aria-controls="sidebar"
            onClick={() => setMenu(!menu)}
          >
            <Icon name={menu ? 'close' : 'menu'} />
          </button>
        }
      />
      <Sidebar />
      <main id="main" tabIndex={-1}>
        <Page />
      </main>
      <DialogHost />
      <Toasts />
    </div>
  );
}

function Page() {
  const shown = route.value;
  if (clusterError.value !== '')
    return (
      <Notice tone="bad" title={`Cannot reach the cluster ${context.value}`}>
        <p>{clusterError.value}</p>
        <button type="button" class="button" onClick={() => void loadCluster(new AbortController().signal)}>
          Try again
        </button>
      </Notice>
    );
  if (shown.page === 'start' || kinds.value.length === 0) return <Loading label="Connecting to the cluster" />;
  if (shown.page === 'overview') return <OverviewPage />;
  if (shown.page === 'access') return <AccessPage />;
  if (shown.page === 'kinds') return <KindsPage />;
  if (shown.page === 'create') return <CreatePage />;
  const kind = findKind(kinds.value, shown.plural, shown.group);
  if (kind === undefined)
    return (
      <Notice tone="warn" title="There is no such kind">
        <p>
          The cluster does not serve {shown.plural} {shown.group === '' ? '' : `of ${shown.group}`}.
        </p>
      </Notice>
    );
  if (shown.page === 'list') return <ListPage kind={kind} key={`${kind.group}/${kind.plural}`} />;
  return (
    <DetailPage
      kind={kind}
      namespace={shown.namespace}
      name={shown.name}
      key={`${kind.plural}/${shown.namespace}/${shown.name}`}
    />
  );
}

function shortcut(event: KeyboardEvent): void {
  const { target, key } = event;
  if (key === 'k' && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    openDialog(() => <Finder />);
    return;
  }
  const isText =
    target instanceof HTMLElement && (target.isContentEditable || /^(?:INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
  if (isText || event.ctrlKey || event.metaKey || event.altKey || document.querySelector('dialog[open]') !== null)
    return;
  if (key === '?') openDialog(() => <Shortcuts />);
  else if (key === '/') document.querySelector<HTMLInputElement>('input[type=search]')?.focus();
  else if (key === 'c') document.querySelector<HTMLAnchorElement>('a.create')?.click();
  else return;
  event.preventDefault();
}
