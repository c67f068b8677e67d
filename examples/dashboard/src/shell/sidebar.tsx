import { navigation } from '../navigation.js';
import { Icon, type IconName } from '../parts/icons.js';
import { pageHref, route } from '../router.js';
import { context, kinds } from '../state.js';

export function Sidebar() {
  const chosen = context.value;
  const path = chosen === '' ? '' : currentPath();
  return (
    <nav id="sidebar" class="sidebar" aria-label="Pages">
      <ul>
        <Entry label="Overview" icon="overview" href={pageHref(chosen, 'overview')} path={path} />
        <Entry label="All kinds" icon="kinds" href={pageHref(chosen, 'kinds')} path={path} />
      </ul>
      {navigation(chosen, kinds.value).map(({ title, icon, links }) => (
        <details key={title} open>
          <summary>
            <Icon name={icon} />
            {title}
          </summary>
          <ul>
            {links.map(({ label, href }) => (
              <Entry key={href} label={label} href={href} path={path} />
            ))}
          </ul>
        </details>
      ))}
    </nav>
  );
}

function Entry({ label, href, path, icon }: { label: string; href: string; path: string; icon?: IconName }) {
  return (
    <li>
      <a href={href} aria-current={path === href ? 'page' : undefined}>
        {icon !== undefined && <Icon name={icon} />}
        {label}
      </a>
    </li>
  );
}

/** Returns the address of the list that the page belongs to. */
function currentPath(): string {
  const shown = route.value;
  if (shown.page === 'start') return '';
  if (shown.page === 'list' || shown.page === 'detail')
    return `${pageHref(shown.context, 'list')}/${shown.group || 'core'}/${shown.plural}`;
  return pageHref(shown.context, shown.page);
}
