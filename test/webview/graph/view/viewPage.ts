import { build } from 'esbuild';
import type { Browser, Page } from 'playwright-core';
import type { ViewHarness } from './viewHarness';

declare global {
  /** What {@link openView} puts into the page. */
  var harness: ViewHarness;
}

const VIEWPORT = { width: 900, height: 700 };
const ORIGIN = 'http://view.test';
/** As strict as the panel's; a nonce would only say the same of the one script. */
const POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src blob: data:";
const COLORS =
  ':root { --vscode-editor-background: #1f1f1f; --vscode-editor-foreground: #cccccc; --vscode-focusBorder: #0078d4; --vscode-font-family: sans-serif } html, body, main { height: 100%; margin: 0 }';

/** A page with the view in it; `problems` are its errors, those of the content policy among them. */
export interface ViewPage {
  readonly page: Page;
  readonly problems: readonly string[];
}

/** Bundles the view once; the files by path. */
export async function bundleView(): Promise<ReadonlyMap<string, string>> {
  const { outputFiles } = await build({
    entryPoints: { view: 'test/webview/graph/view/viewHarness.ts' },
    ...{ bundle: true, platform: 'browser', target: 'chrome120', format: 'iife', write: false, outdir: 'out' },
    logLevel: 'warning',
  });
  return new Map(outputFiles.map(({ path, text }) => [path.endsWith('.css') ? '/view.css' : '/view.js', text]));
}

/** Opens the view in a page of its own. */
export async function openView(
  browser: Browser,
  files: ReadonlyMap<string, string>,
  options: { readonly theme?: string; readonly reducedMotion?: 'reduce' | 'no-preference' } = {},
): Promise<ViewPage> {
  const page = await browser.newPage({ viewport: VIEWPORT, reducedMotion: options.reducedMotion ?? 'reduce' });
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(message.text());
  });
  await page.route(`${ORIGIN}/**`, (route) => {
    const { pathname } = new URL(route.request().url());
    const file = pathname === '/colors.css' ? COLORS : files.get(pathname);
    if (file !== undefined) {
      return route.fulfill({ contentType: pathname.endsWith('.css') ? 'text/css' : 'text/javascript', body: file });
    }
    return route.fulfill({
      contentType: 'text/html',
      headers: { 'content-security-policy': POLICY },
      body: `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>View</title><link rel="icon" href="data:,">
        <link rel="stylesheet" href="/colors.css"><link rel="stylesheet" href="/view.css"></head>
        <body class="${options.theme ?? 'vscode-dark'}"><main></main><script src="/view.js"></script></body></html>`,
    });
  });
  await page.goto(`${ORIGIN}/`);
  return { page, problems };
}
