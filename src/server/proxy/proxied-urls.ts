import { joinPath } from './go-path.js';
import { formatUrl, type GoUrl, parseUrl } from './go-url.js';

/** The addresses that a page goes by on both sides of the proxy. */
export interface ProxiedPage {
  /** The host and port of the backend. */
  readonly backendHost: string;
  /** The Host header of the request. */
  readonly requestHost: string;
  /** The decoded path that stands for the root of the backend. */
  readonly prefix: string;
}

/** Returns the link of an HTML page so that it leads through the proxy. Links that do not parse stay as they are. */
export function rewrittenLink(page: ProxiedPage, link: string): string {
  let url: GoUrl;
  try {
    url = parseUrl(link);
  } catch {
    return link;
  }
  return rewrittenUrl(page, url);
}

/**
 * Returns a URL so that it leads through the proxy, if it is absolute and of the backend's own host. URLs of other hosts and relative
 * ones stay as they are.
 */
export function rewrittenUrl({ backendHost, requestHost, prefix }: ProxiedPage, url: GoUrl): string {
  const isOther = url.host !== '' && url.host !== backendHost && url.host !== requestHost;
  if (isOther || !url.path.startsWith('/')) return formatUrl(url);
  const own = url.host === requestHost ? url : { ...url, scheme: '', host: '' };
  if (own.path.startsWith(prefix)) return formatUrl(own);
  const slash = own.path.endsWith('/') ? '/' : '';
  return formatUrl({ ...own, path: `${joinPath(prefix, own.path)}${slash}` });
}
