import { createServer } from 'node:http';
import { build } from 'esbuild';
import type { Browser, Page } from 'playwright-core';
import type { RecipeFormMessage, RecipeFormRequest } from '../../../src/protocol';
import { themeStyle, type ThemeName } from '../graph/app/themes';

/** What the toolkit's style elements draw from the policy; their rules come by other ways. */
const TOOLKIT_NOISE = "hash ('sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=')";

/** The form of a recipe in a browser, with a host made of the test. */
export interface RecipePage {
  readonly page: Page;
  readonly sent: readonly RecipeFormRequest[];
  /** Errors of the page, which no test expects. */
  readonly errors: readonly string[];
  show(message: RecipeFormMessage): Promise<void>;
}

/** Serves the bundled form, with the content policy that the host gives it. */
export async function serveRecipe(): Promise<{ readonly address: string; readonly close: () => void }> {
  const bundle = await build({
    entryPoints: { recipe: 'webview/panels/recipe.ts' },
    bundle: true,
    platform: 'browser',
    target: 'chrome120',
    format: 'iife',
    outdir: 'out',
    write: false,
    loader: { '.css': 'css' },
    logLevel: 'warning',
  });
  const files = new Map(
    bundle.outputFiles.map(({ path, contents }) => [`/${path.split(/[\\/]/).at(-1) ?? ''}`, contents]),
  );
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
    const file = files.get(pathname);
    if (file !== undefined) {
      response.setHeader('content-type', pathname.endsWith('.css') ? 'text/css' : 'text/javascript');
      response.end(file);
      return;
    }
    const policy = "default-src 'none'; script-src 'nonce-test'; style-src 'self'; font-src 'self'";
    response.setHeader('content-type', 'text/html');
    response.end(`<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">
      <meta http-equiv="Content-Security-Policy" content="${policy}">
      <link rel="stylesheet" href="/recipe.css"><title>Recipe</title></head>
      <body class="vscode-${searchParams.get('theme') ?? 'dark'}"><main id="root"></main>
      <script nonce="test" src="/recipe.js"></script></body></html>`);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no port.');
  return { address: `http://127.0.0.1:${address.port}`, close: () => server.close() };
}

/** Opens the form in a page of its own. */
export async function openRecipe(browser: Browser, address: string, theme: ThemeName): Promise<RecipePage> {
  const sent: RecipeFormRequest[] = [];
  const errors: string[] = [];
  const page = await browser.newPage({ viewport: { width: 900, height: 1000 } });
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error' && !message.text().includes(TOOLKIT_NOISE)) errors.push(message.text());
  });
  await page.exposeFunction('toHost', (request: RecipeFormRequest) => sent.push(request));
  await page.addInitScript(`
    window.acquireVsCodeApi = () => ({
      postMessage: (message) => window.toHost(message),
      getState: () => undefined,
      setState: (next) => next,
    });
  `);
  await page.goto(`${address}/?theme=${theme}`);
  await page.evaluate((style) => {
    for (const [name, value] of Object.entries(style)) document.documentElement.style.setProperty(name, value);
  }, themeStyle(theme));
  return { page, sent, errors, show: (message) => page.evaluate((data) => postMessage(data, '*'), message) };
}
