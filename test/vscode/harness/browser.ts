import { chromium, type Browser } from 'playwright-core';
import { chromiumPath } from './systemPackages';

/** No sandbox, as containers run as root; no services that would look for the network. */
const FLAGS = [
  ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
  ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
];

/** The size of the window in screenshots. */
export const VIEWPORT = { width: 1280, height: 800 };

/** A key and a value that VS Code reads from the address of its page, such as `extensionTestsPath`. */
export type PayloadEntry = readonly [name: string, value: string];

/** Starts a headless Chromium. */
export function launchBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: chromiumPath(), headless: true, args: FLAGS });
}

/** The address of a window on `server` that shows `folder`. */
export function workbenchUrl(server: string, folder: string | undefined, payload: readonly PayloadEntry[]): string {
  const url = new URL(server);
  if (folder !== undefined) url.searchParams.set('folder', folder);
  if (payload.length > 0) url.searchParams.set('payload', JSON.stringify(payload));
  return url.toString();
}

/** How the page names a file of the machine that the server runs on. */
export function remoteUri(server: string, path: string): string {
  return `vscode-remote://${new URL(server).host}${path}`;
}
