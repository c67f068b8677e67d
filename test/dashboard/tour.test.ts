import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import axe from 'axe-core';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Namespace } from '../../generated/core/v1.js';
import type { Dashboard } from '../../src/dashboard/start-dashboard.js';
import { launchBrowser, noBrowser } from '../helpers/browser.js';
import { type ShopSite, startShopSite } from './shop-site.js';

/** The part of the page's document that functions of the tests use in the page. */
interface PageGlobals {
  readonly document: {
    readonly documentElement: { readonly scrollWidth: number; setAttribute(name: string, value: string): void };
  };
}

function setTheme(theme: string): void {
  (globalThis as unknown as PageGlobals).document.documentElement.setAttribute('data-theme', theme);
}

function scrollWidth(): number {
  return (globalThis as unknown as PageGlobals).document.documentElement.scrollWidth;
}

describe.skipIf(noBrowser !== '')(`the dashboard in a browser${noBrowser}`, () => {
  let site: ShopSite;
  let browser: Browser;
  let page: Page;
  let context: BrowserContext;
  /** Errors of the page, violations of its security policy included. */
  let errors: string[];

  beforeAll(async () => {
    [site, browser] = await Promise.all([startShopSite(), launchBrowser()]);
  }, 120_000);

  afterAll(async () => {
    await browser?.close();
    await site?.[Symbol.asyncDispose]();
  });

  beforeEach(() => {
    errors = [];
  });

  afterEach(async () => {
    await context?.close();
    expect(errors).toEqual([]);
  });

  /** Signs in to a dashboard and opens a path of its first context. */
  async function open(dashboard: Dashboard, path = '', width = 1440): Promise<void> {
    context = await browser.newContext({ viewport: { width, height: 900 }, reducedMotion: 'reduce' });
    page = await context.newPage();
    context.setDefaultTimeout(15_000);
    page.on('pageerror', (error) => errors.push(String(error)));
    page.on('console', (message) => {
      if (message.type() === 'error' && /Content Security Policy|Refused to/.test(message.text()))
        errors.push(message.text());
    });
    await page.goto(dashboard.url);
    await page.getByLabel('Sign-in code').fill(site.codeFor(dashboard));
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('heading', { name: 'Overview' }).waitFor();
    if (path !== '') await page.goto(`${page.url().split('?')[0]}${path}`);
  }

  /** Waits until the page shows a text. */
  const seen = (text: string | RegExp) => page.getByText(text).first().waitFor();
  const button = (name: string) => page.getByRole('button', { name, exact: true });

  /** Returns what axe finds wrong with the page, in one colour scheme. */
  async function violations(theme: 'light' | 'dark'): Promise<string[]> {
    await page.evaluate(setTheme, theme);
    // The page's own policy forbids the script as an element; an evaluation is not bound by it.
    await page.evaluate(axe.source);
    return page.evaluate(async () => {
      const { axe: found } = globalThis as unknown as {
        axe: { run(): Promise<{ violations: { id: string; nodes: { html: string; failureSummary: string }[] }[] }> };
      };
      const { violations: all } = await found.run();
      return all.flatMap(({ id, nodes }) =>
        nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`),
      );
    });
  }

  it('asks for the code, refuses a wrong one, and takes each code once', async () => {
    await open(site.admin);
    const other = await browser.newContext();
    const guest = await other.newPage();
    await guest.goto(site.admin.url);
    await guest.getByLabel('Sign-in code').fill(site.admin.code);
    await guest.getByRole('button', { name: 'Sign in' }).click();
    await guest.getByText('the code is wrong or was used before').waitFor();
    await other.close();
  });

  it('shows nodes, workloads, quota and events on the overview', async () => {
    await open(site.admin);
    await seen('of 3 ready');
    await seen('requests.cpu');
    // The newest ten: which these are depends on how far the pods have come.
    const reasons = page
      .getByRole('region', { name: 'Recent events' })
      .getByText(/^(SuccessfulCreate|Scheduled|Started)$/);
    await reasons.first().waitFor();
    await page.getByRole('region', { name: 'Workloads' }).getByRole('link', { name: 'Deployments' }).waitFor();
  });

  it('lists, searches, filters and sorts, and opens a row by keyboard', async () => {
    await open(site.admin, '/list/core/pods');
    await page.getByRole('cell', { name: 'nowhere-to-go' }).waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('web-');
    await expect.poll(() => page.getByRole('row').count()).toBe(4);
    await page.getByRole('searchbox').fill('');
    await page.getByLabel('Status').selectOption('Pending');
    await expect.poll(() => page.getByRole('row').count()).toBe(2);
    await page.getByLabel('Status').selectOption('');
    await button('Name').click();
    await button('Name').click();
    await expect.poll(() => page.getByRole('row').nth(1).getByRole('link').textContent()).toMatch(/^web-/);
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.getByRole('tab', { name: 'Summary' }).waitFor();
  });

  it('draws the rows in view only, and reaches the last of 1,000', async () => {
    const cluster = await site.local.connect();
    const many = Array.from(
      { length: 1000 },
      (_, index) =>
        `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: map-${String(index).padStart(4, '0')}, namespace: default }`,
    );
    await cluster.apply(many.join('\n---\n'));
    await cluster.close();
    await open(site.admin, '/list/core/configmaps?ns=default');
    await page.getByText('1,001').waitFor();
    expect(await page.getByRole('row').count()).toBeLessThan(60);
    await page.getByRole('link', { name: 'map-0000' }).focus();
    await page.keyboard.press('End');
    await page.getByRole('link', { name: 'map-0999' }).waitFor();
  });

  it('lists custom resources with their own columns', async () => {
    await open(site.admin, '/create?kind=websites.example.com');
    await page.locator('.cm-content').click();
    await page.keyboard.press('Control+a');
    await page.keyboard.insertText(
      'apiVersion: example.com/v1\nkind: Website\nmetadata:\n  name: front\n  namespace: shop\nspec:\n  host: shop.example\n',
    );
    await button('Create').click();
    await page.getByRole('heading', { name: 'front' }).waitFor();
    await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Websites' }).click();
    await page.getByRole('cell', { name: 'shop.example' }).waitFor();
  });

  it('creates a Deployment by form, and shows what the server would store', async () => {
    await open(site.admin, '/create?kind=deployments.apps&ns=shop');
    await button('Create').click();
    await seen('This is needed');
    await page.getByLabel('Name', { exact: true }).fill('made-by-form');
    await page.getByLabel('Image').fill('nginx:1');
    await page.getByLabel('CPU request').fill('10m');
    await page.getByLabel('Memory request').fill('1Mi');
    await button('Review').click();
    await page.locator('.difference').getByText('terminationGracePeriodSeconds').waitFor();
    await button('Create').click();
    await page.getByRole('heading', { name: 'made-by-form' }).waitFor();
    await page.getByRole('link', { name: 'Edit' }).click();
    await page.getByLabel('Replicas').fill('2');
    await button('Save').click();
    await seen('of 2 ready');
  });

  it('edits YAML with a review, and refuses what the server refuses', async () => {
    await open(site.admin, '/detail/apps/deployments/shop/cart?tab=yaml');
    await page.locator('.cm-content').click();
    await page.keyboard.press('Control+Home');
    for (let line = 0; line < 2; line++) await page.keyboard.press('ArrowDown');
    await page.keyboard.press('End');
    await page.keyboard.insertText('\n  nonsense: true');
    await button('Review changes').click();
    await page
      .getByRole('alert')
      .getByText(/unknown field "metadata.nonsense"/)
      .waitFor();
    await button('Undo changes').click();
    await page.locator('.cm-line', { hasText: 'replicas: 2' }).first().click();
    await page.keyboard.press('End');
    await page.keyboard.press('Backspace');
    await page.keyboard.insertText('1');
    await button('Review changes').click();
    await page.locator('.difference').waitFor();
    await button('Save').click();
    await seen('Saved cart');
  });

  it('scales, restarts and deletes', async () => {
    await open(site.admin, '/detail/apps/deployments/shop/made-by-form');
    await button('Scale').click();
    await page.getByRole('dialog').getByLabel('Replicas').fill('1');
    await page.getByRole('dialog').getByRole('button', { name: 'Scale' }).click();
    await seen('of 1 ready');
    await button('Restart').click();
    await page.getByRole('dialog').getByRole('button', { name: 'Restart' }).click();
    await seen('Restart made-by-form: done');
    await button('Delete').click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await seen('Delete made-by-form: done');
    await page.getByRole('heading', { name: 'Deployments' }).waitFor();
  });

  it('shows the owner tree from any of its objects', async () => {
    await open(site.admin, '/detail/apps/deployments/shop/web?tab=relations');
    const tree = page.getByRole('region', { name: 'Owners and what they own' });
    await tree.getByText('ReplicaSet').waitFor();
    await tree
      .getByRole('link', { name: /^web-[0-9a-z]+-[0-9a-z]+$/ })
      .first()
      .click();
    await page.getByRole('tab', { name: 'Terminal' }).waitFor();
  });

  it('follows the logs of several pods', async () => {
    await open(site.admin, '/detail/apps/deployments/shop/web?tab=logs');
    await expect.poll(() => page.locator('.log-line').count()).toBe(3);
    expect(await page.locator('.log-line').allTextContents()).toEqual(
      expect.arrayContaining([expect.stringMatching(/^web-.* web-.* listens$/)]),
    );
  });

  it('opens a terminal, isolates the page of a port, and forwards the port', async () => {
    await open(site.admin, '/detail/core/pods/shop/orders-0?tab=terminal');
    await seen('Connected');
    await page.keyboard.type('hello there');
    await page.locator('.xterm-rows').getByText('hello there').waitFor();
    await page.goto(page.url().replace('pods/shop/orders-0?tab=terminal', 'services/shop/web?tab=preview'));
    const preview = page.frameLocator('iframe');
    await preview.getByText('Welcome to the shop').waitFor();
    expect(await preview.getByText('the script ran', { exact: true }).count()).toBe(0);
    errors = errors.filter((error) => !error.includes('sandboxed'));
    const [tab] = await Promise.all([context.waitForEvent('page'), button('Forward the port').click()]);
    await tab.getByText('the script ran', { exact: true }).waitFor();
    const cookies = await tab.evaluate(() => fetch('/cookies').then((one) => one.text()));
    expect(cookies).toBe('no cookie');
  });

  it('drains a node, and lets it take pods again', async () => {
    await open(site.admin, '/list/core/nodes');
    await page.getByRole('table').getByRole('link').first().click();
    await button('Drain').click();
    await page.getByRole('dialog').getByRole('button', { name: 'Drain' }).click();
    await page
      .getByRole('dialog')
      .getByText(/^Done: \d+ pods$/)
      .waitFor();
    await button('Close').last().click();
    await button('Uncordon').click();
    await button('Cordon').waitFor();
  });

  it('tells who can do something', async () => {
    await open(site.admin, '/access?ns=shop');
    await page.getByLabel('Verb').selectOption('delete');
    await page.getByLabel('Resource').selectOption('pods.');
    await button('Find').click();
    const found = page.getByRole('region', { name: /^Who can delete pods/ });
    await found.getByText('jane', { exact: true }).waitFor();
    await found.getByText('You can', { exact: true }).waitFor();
  });

  it('goes to another context and to any kind by keyboard', async () => {
    await open(site.admin);
    await page.getByLabel('Cluster').selectOption('admin-again');
    await page.waitForURL('**/c/admin-again*');
    await page.getByRole('heading', { name: 'Overview' }).waitFor();
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox', { name: 'Page or kind' }).fill('deploy');
    // The kinds of the other context come when its discovery has been read.
    await page.getByRole('option', { name: 'Deployments' }).waitFor();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Deployments' }).waitFor();
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keyboard' }).waitFor();
    await page.keyboard.press('Escape');
    await expect.poll(() => page.getByRole('dialog').count()).toBe(0);
  });

  it('gives a user with rights in one namespace that namespace, and nothing of the others', async () => {
    await open(site.jane);
    await expect.poll(() => page.getByRole('textbox', { name: 'Namespace' }).inputValue()).toBe('shop');
    await page.goto(`${page.url().split('?')[0]}/list/core/pods?ns=shop`);
    await page.getByRole('cell', { name: 'nowhere-to-go' }).waitFor();
    await page.getByRole('textbox', { name: 'Namespace' }).fill('secret-plans');
    await page.keyboard.press('Enter');
    await seen('You cannot list pods here');
    await page.goto(page.url().replace('list/core/pods', 'detail/core/configmaps/secret-plans/recipe'));
    await seen('You cannot read ConfigMap recipe');
    expect(await page.content()).not.toContain('hidden from jane');
  });

  it('gives a hostile page on another origin nothing, although the browser has a session', async () => {
    await open(site.admin);
    const hostile = createServer((_, response) => response.setHeader('content-type', 'text/html').end('<body>hostile'));
    await new Promise<void>((resolve) => hostile.listen(0, '127.0.0.1', resolve));
    const { port } = hostile.address() as AddressInfo;
    // Browsers send cookies to every port of a host, so that this page is a harder case than one on another host.
    await page.goto(`http://127.0.0.1:${port}/`);
    const got = await page.evaluate(async (url) => {
      const path = `${url}/clusters/admin/api/v1/namespaces`;
      const body = '{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"stolen"}}';
      const text = (init: object) =>
        fetch(path, { credentials: 'include', ...init }).then(
          (one) => one.text(),
          () => 'refused',
        );
      const opened = new Promise((resolve) => {
        const socket = new WebSocket(`${url.replace('http', 'ws')}/streams`);
        socket.onopen = () => resolve('open');
        socket.onerror = () => resolve('refused');
      });
      return [
        await text({}),
        await text({ mode: 'no-cors' }),
        await text({ method: 'POST', mode: 'no-cors', body }),
        await text({ method: 'POST', body }),
        await opened,
      ];
    }, site.admin.url);
    expect(got).toEqual(['refused', '', '', 'refused', 'refused']);
    await page.evaluate(async (url) => {
      const { document } = globalThis as unknown as {
        document: { body: { append(one: object): void }; createElement(tag: string): { src: string } };
      };
      const element = document.createElement('iframe');
      element.src = url;
      document.body.append(element);
    }, site.admin.url);
    await expect.poll(() => page.frames().some((one) => one.url().startsWith('chrome-error'))).toBe(true);
    errors = [];
    await new Promise((resolve) => hostile.close(resolve));
    const cluster = await site.local.connect();
    expect(await cluster.resource(Namespace).find('stolen')).toBeUndefined();
    await cluster.close();
  });

  it.each([390, 768, 1440, 2560])('fits a window of %d pixels', async (width) => {
    await open(site.admin, '', width);
    await seen('of 3 ready');
    const base = page.url().split('?')[0];
    for (const path of ['', '/list/core/pods', '/detail/apps/deployments/shop/web', '/create', '/access']) {
      await page.goto(`${base}${path}`);
      await page.locator('main h1').waitFor();
      expect([path, await page.evaluate(scrollWidth)]).toEqual([path, width]);
    }
  });

  it('has no violation that axe finds', async () => {
    await open(site.admin);
    await seen('of 3 ready');
    const base = page.url().split('?')[0];
    const pages = [
      ...['', '/list/core/pods', '/kinds', '/create', '/access', '/create?kind=configmaps.'],
      ...['summary', 'logs', 'terminal', 'preview', 'events', 'relations', 'yaml'].map(
        (tab) => `/detail/core/pods/shop/orders-0?tab=${tab}`,
      ),
    ];
    for (const path of pages) {
      await page.goto(`${base}${path}`);
      await page.locator('main h1').waitFor();
      await page.waitForLoadState('networkidle');
      expect([path, await violations('light')]).toEqual([path, []]);
      expect([path, await violations('dark')]).toEqual([path, []]);
    }
  }, 120_000);

  const pictures = process.env.KEELSON_SCREENSHOTS;
  it.runIf(pictures !== undefined)('draws the pictures of the guides', async () => {
    const shots = [
      ['overview', '', 'light', 1280],
      ['pods', '/list/core/pods?ns=shop', 'dark', 1280],
      ['deployment', '/detail/apps/deployments/shop/web', 'light', 1280],
      ['logs', '/detail/apps/deployments/shop/web?tab=logs', 'dark', 1280],
      ['phone', '/list/core/pods', 'light', 390],
    ] as const;
    await open(site.admin);
    const base = page.url().split('?')[0];
    for (const [name, path, theme, width] of shots) {
      await page.setViewportSize({ width, height: 760 });
      await page.goto(`${base}${path}`);
      await page.evaluate(setTheme, theme);
      await page.waitForLoadState('networkidle');
      await page.screenshot({ path: join(pictures ?? '', `dashboard-${name}.png`) });
    }
  });
});
