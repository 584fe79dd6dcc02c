import { createServer } from 'node:http';
import { build } from 'esbuild';
import type { Browser, Page } from 'playwright-core';
import { themeStyle, type ThemeName } from './graph/app/themes';

/** What the toolkit's style elements draw from the policy; their rules come by other ways. */
const TOOLKIT_NOISE = "hash ('sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=')";

/** A panel in a browser, with a host made of the test. */
export interface SinglePage<Request, Message> {
  readonly page: Page;
  readonly sent: readonly Request[];
  /** Errors of the page, which no test expects. */
  readonly errors: readonly string[];
  send(message: Message): Promise<void>;
}

/** Serves a bundled panel, with the content policy that the host gives it: the common one, and `policy`. */
export async function serveSinglePage(
  name: string,
  policy = '',
): Promise<{ readonly address: string; readonly close: () => void }> {
  const bundle = await build({
    entryPoints: { [name]: `webview/panels/${name}.ts` },
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
    response.setHeader('content-type', 'text/html');
    response.end(`<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">
      <meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'nonce-test'; style-src 'self'; font-src 'self'; ${policy}">
      <link rel="stylesheet" href="/${name}.css"><title>${name}</title></head>
      <body class="vscode-${searchParams.get('theme') ?? 'dark'}"><main id="root"></main>
      <script nonce="test" src="/${name}.js"></script></body></html>`);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no port.');
  return { address: `http://127.0.0.1:${address.port}`, close: () => server.close() };
}

/** Opens the panel in a page of its own; what it is sent is up to the test. */
export async function openSinglePage<Request, Message>(
  browser: Browser,
  address: string,
  theme: ThemeName,
  viewport: { readonly width: number; readonly height: number },
): Promise<SinglePage<Request, Message>> {
  const sent: Request[] = [];
  const errors: string[] = [];
  const page = await browser.newPage({ viewport });
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error' && !message.text().includes(TOOLKIT_NOISE)) errors.push(message.text());
  });
  await page.exposeFunction('toHost', (request: Request) => sent.push(request));
  await page.addInitScript(`
    let state;
    window.acquireVsCodeApi = () => ({
      postMessage: (message) => window.toHost(message),
      getState: () => state,
      setState: (next) => (state = next),
    });
  `);
  await page.goto(`${address}/?theme=${theme}`);
  await page.evaluate((style) => {
    for (const [name, value] of Object.entries(style)) document.documentElement.style.setProperty(name, value);
  }, themeStyle(theme));
  return {
    page,
    sent,
    errors,
    send: (message) => page.evaluate((data) => postMessage(data, '*'), message),
  };
}
