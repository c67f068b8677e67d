import type { IncomingMessage } from 'node:http';

const loopbackNames = ['localhost', '127.0.0.1', '[::1]'];

/**
 * Returns why a request is refused, or undefined. The `Host` has to be this machine, so that no name of an attacker that points here is
 * accepted. A request to the API or of another page has to come from the dashboard's own origin.
 */
export function refusal(request: IncomingMessage, address: string, isPage: boolean): string | undefined {
  const { host = '', origin, 'sec-fetch-site': site } = request.headers;
  const name = host.replace(/:\d+$/, '').toLowerCase();
  if (!loopbackNames.includes(name) && name !== address)
    return `the host ${JSON.stringify(name)} is not this dashboard`;
  if (origin !== undefined && origin !== `http://${host}`) return 'the request comes from a page of another origin';
  if (isPage) return undefined;
  if (site !== undefined && site !== 'same-origin') return 'the request comes from a page of another origin';
  return undefined;
}
