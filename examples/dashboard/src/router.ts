import { computed, signal } from '@preact/signals';
import type { Kind } from './data/kinds.js';

/** A page of the dashboard. */
export type Route =
  | { readonly page: 'start' }
  | { readonly page: 'overview'; readonly context: string }
  | { readonly page: 'access'; readonly context: string }
  | { readonly page: 'kinds'; readonly context: string }
  | { readonly page: 'create'; readonly context: string }
  | { readonly page: 'list'; readonly context: string; readonly group: string; readonly plural: string }
  | {
      readonly page: 'detail';
      readonly context: string;
      readonly group: string;
      readonly plural: string;
      readonly namespace: string | undefined;
      readonly name: string;
    };

const place = signal(new URL(location.href));

addEventListener('popstate', () => {
  place.value = new URL(location.href);
});

/** The page that the address names. */
export const route = computed((): Route => {
  const [, c, context = '', page = 'overview', group = '', plural = '', namespace = '', name = ''] =
    place.value.pathname.split('/').map(decodeURIComponent);
  if (c !== 'c' || context === '') return { page: 'start' };
  const inGroup = group === 'core' ? '' : group;
  if (page === 'list') return { page, context, group: inGroup, plural };
  if (page === 'detail')
    return { page, context, group: inGroup, plural, namespace: namespace === '-' ? undefined : namespace, name };
  if (page === 'access') return { page, context };
  if (page === 'kinds') return { page, context };
  if (page === 'create') return { page, context };
  return { page: 'overview', context };
});

/** Returns a parameter of the address. */
export function parameter(name: string): string | undefined {
  return place.value.searchParams.get(name) ?? undefined;
}

/** The namespace that lists show; undefined for all. */
export const namespace = computed(() => place.value.searchParams.get('ns') ?? undefined);

/** Goes to an address. The namespace stays, unless the address has one. */
export function go(href: string, replace = false): void {
  const url = new URL(href, location.href);
  const ns = place.value.searchParams.get('ns');
  if (ns !== null && !url.searchParams.has('ns')) url.searchParams.set('ns', ns);
  if (url.href === location.href) return;
  history[replace ? 'replaceState' : 'pushState'](null, '', url);
  const isOtherPage = url.pathname !== place.value.pathname;
  place.value = url;
  if (!isOtherPage) return;
  // Screen readers and the keyboard begin at the new page.
  requestAnimationFrame(() => document.querySelector<HTMLElement>('main')?.focus({ preventScroll: true }));
}

/** Changes parameters of the address; undefined removes one. */
export function setParameters(changes: { readonly [name: string]: string | undefined }, replace = true): void {
  const url = new URL(place.value);
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined || value === '') url.searchParams.delete(name);
    else url.searchParams.set(name, value);
  }
  if (url.href === place.value.href) return;
  history[replace ? 'replaceState' : 'pushState'](null, '', url);
  place.value = url;
}

/** Lets links within the dashboard change the page without loading it anew. */
export function followLinks(): void {
  document.addEventListener('click', (event) => {
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return;
    const link = (event.target as Element | null)?.closest('a');
    if (link === null || link === undefined || link.target !== '' || link.origin !== location.origin) return;
    if (!link.pathname.startsWith('/c/')) return;
    event.preventDefault();
    go(link.href);
  });
}

const segment = encodeURIComponent;

export function pageHref(context: string, page: string): string {
  return page === 'overview' ? `/c/${segment(context)}` : `/c/${segment(context)}/${page}`;
}

export function listHref(context: string, { group, plural }: Pick<Kind, 'group' | 'plural'>): string {
  return `/c/${segment(context)}/list/${segment(group || 'core')}/${segment(plural)}`;
}

export function detailHref(
  context: string,
  { group, plural }: Pick<Kind, 'group' | 'plural'>,
  inNamespace: string | undefined,
  name: string,
): string {
  const at = [group || 'core', plural, inNamespace ?? '-', name].map(segment).join('/');
  return `/c/${segment(context)}/detail/${at}`;
}
