import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const executablePath = process.env.KEELSON_CHROMIUM ?? '/usr/bin/chromium';

/** Why tests with a browser are skipped, for their title; empty where there is one. */
export const noBrowser = existsSync(executablePath) ? '' : `: skipped, there is no Chromium at ${executablePath}`;

/** Starts Chromium without what a test does not need. */
export function launchBrowser(...args: readonly string[]): Promise<Browser> {
  return chromium.launch({
    executablePath,
    args: [
      ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-sync'],
      // A container often has little shared memory or none, and pages then hang.
      ...['--disable-background-networking', '--disable-component-update', '--disable-dev-shm-usage'],
      ...args,
    ],
  });
}
