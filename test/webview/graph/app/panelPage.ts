import { createServer, type Server } from 'node:http';
import { build } from 'esbuild';
import type { Browser, Page } from 'playwright-core';
import type { GraphPanelMethod, GraphPanelRequest, Side } from '../../../../src/protocol';
import { GRAPH_STRINGS } from '../../../../src/protocol/graphStrings';
import type { GraphDocument, GraphMapping, RecipeChoices } from '../../../../src/protocol';
import { themeStyle, type ThemeName } from './themes';

/** Answers a request of the panel as the host would. */
export type Answer = (method: GraphPanelMethod, params: unknown, side: Side) => unknown;

export interface PanelPageOptions {
  readonly documents: readonly GraphDocument[];
  readonly mapping?: GraphMapping;
  readonly choices?: readonly RecipeChoices[];
  readonly answer?: Answer;
  readonly theme?: ThemeName;
  readonly viewport?: { readonly width: number; readonly height: number };
  readonly saved?: unknown;
  readonly hasTouch?: boolean;
  /** True for a worker that never answers, as one that has too much to do. */
  readonly isWorkerSilent?: boolean;
}

/** The graph panel in a browser, with a host made of this test. */
export interface PanelPage {
  readonly page: Page;
  /** Everything that the panel sent. */
  readonly sent: readonly GraphPanelRequest[];
  /** Errors of the page, which no test expects. */
  readonly errors: readonly string[];
  send(message: unknown): Promise<void>;
  /** What the panel would have after a reload. */
  savedState(): Promise<unknown>;
  /** Waits until something of this type was sent. */
  sentOne<T extends GraphPanelRequest['type']>(type: T): Promise<Extract<GraphPanelRequest, { type: T }>>;
}

const PATIENCE_MS = 20_000;
const POLL_MS = 20;
/** What the toolkit's style elements draw from the policy; their rules come by other ways, and the panel is styled. */
const TOOLKIT_NOISE = "hash ('sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=')";

/** Serves the bundled panel, with the content policy that the host gives it. */
export async function servePanel(): Promise<{ readonly address: string; readonly close: () => void }> {
  const bundle = await build({
    entryPoints: {
      graph: 'webview/panels/graph.ts',
      graphStart: 'webview/panels/graphStart.ts',
      graphWorker: 'webview/worker/graphWorker.ts',
    },
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
  files.set('/silent.js', new Uint8Array());
  const server: Server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
    const file = files.get(pathname);
    if (file !== undefined) {
      response.setHeader('content-type', pathname.endsWith('.css') ? 'text/css' : 'text/javascript');
      response.end(file);
      return;
    }
    if (pathname !== '/panel') {
      response.statusCode = 404;
      response.end();
      return;
    }
    // A fixed name serves as nonce here; the host makes a new one for every page.
    const policy =
      "default-src 'none'; script-src 'nonce-test'; style-src 'self'; font-src 'self'; worker-src blob:; connect-src 'self'; img-src blob: data:";
    const theme = searchParams.get('theme') ?? 'dark';
    const worker = searchParams.get('worker') ?? 'graphWorker';
    response.setHeader('content-type', 'text/html');
    response.end(`<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">
      <meta http-equiv="Content-Security-Policy" content="${policy}">
      <link rel="stylesheet" href="/graph.css"><title>Panel</title></head>
      <body class="vscode-${theme}"><main id="root" data-worker="/${worker}.js"></main>
      <script nonce="test" src="/graphStart.js"></script><script nonce="test" src="/graph.js"></script></body></html>`);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no port.');
  return { address: `http://127.0.0.1:${address.port}`, close: () => server.close() };
}

/** Opens the panel in a page of its own and shows it the documents. */
export async function openPanel(browser: Browser, address: string, options: PanelPageOptions): Promise<PanelPage> {
  const sent: GraphPanelRequest[] = [];
  const errors: string[] = [];
  const theme = options.theme ?? 'dark';
  const page = await browser.newPage({
    viewport: options.viewport ?? { width: 1280, height: 800 },
    hasTouch: options.hasTouch === true,
  });
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error' && !message.text().includes(TOOLKIT_NOISE)) errors.push(message.text());
  });
  const send = (message: unknown): Promise<void> => page.evaluate((data) => postMessage(data, '*'), message);
  await page.exposeFunction('toHost', async (request: GraphPanelRequest) => {
    sent.push(request);
    if (request.type === 'ready') {
      const choices = options.choices ?? options.documents.map(() => ({ excluded: [], fp16: [], protected: [] }));
      const { documents, mapping } = options;
      await send({
        type: 'graph/show',
        documents,
        mapping,
        strings: GRAPH_STRINGS,
        locale: 'en',
        token: 'test',
        choices,
      });
    } else if (request.type === 'request') {
      const { id, method, params, side } = request;
      const value = options.answer?.(method, params, side);
      await send({
        type: 'graph/reply',
        id,
        result: value === undefined ? { ok: false, message: `Nothing answers ${method}.` } : { ok: true, value },
      });
    }
  });
  await page.addInitScript(
    ({ saved, style }) => {
      const bridge = globalThis as unknown as { toHost: (message: unknown) => void; acquireVsCodeApi: unknown };
      let state: unknown = saved;
      // As VS Code does, colours are set on the root element.
      document.addEventListener('readystatechange', () => {
        for (const [name, value] of Object.entries(style)) document.documentElement.style.setProperty(name, value);
      });
      bridge.acquireVsCodeApi = () => ({
        postMessage: (message: unknown) => bridge.toHost(message),
        getState: () => state,
        setState: (next: unknown) => {
          state = next;
          Object.assign(globalThis, { savedState: next });
        },
      });
    },
    { saved: options.saved, style: themeStyle(theme) },
  );
  await page.goto(`${address}/panel?theme=${theme}&worker=${options.isWorkerSilent ? 'silent' : 'graphWorker'}`);
  return {
    page,
    sent,
    errors,
    send,
    savedState: () => page.evaluate(() => (globalThis as unknown as { savedState: unknown }).savedState),
    async sentOne(type) {
      for (let waited = 0; waited < PATIENCE_MS; waited += POLL_MS) {
        const found = sent.find((request) => request.type === type);
        // Found by its type.
        if (found !== undefined) return found as Extract<GraphPanelRequest, { type: typeof type }>;
        await page.waitForTimeout(POLL_MS);
      }
      throw new Error(`The panel sent no ${type}. Errors of the page: ${errors.join('; ') || 'none'}.`);
    },
  };
}
