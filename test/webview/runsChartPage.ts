import { createServer } from 'node:http';
import { build } from 'esbuild';
import type { Browser, Page } from 'playwright-core';
import type { RunsChartMessage, RunsChartRequest } from '../../src/protocol';

/** The chart of runs in a browser, with a host made of the test. */
export interface RunsChartPage {
  readonly page: Page;
  readonly sent: readonly RunsChartRequest[];
  /** Errors of the page, which no test expects. */
  readonly errors: readonly string[];
  send(message: RunsChartMessage): Promise<void>;
}

/** Serves the bundled chart. */
export async function serveRunsChart(): Promise<{ readonly address: string; readonly close: () => void }> {
  const { outputFiles } = await build({
    entryPoints: { runsChart: 'webview/panels/runsChart.ts' },
    bundle: true,
    platform: 'browser',
    target: 'chrome120',
    format: 'iife',
    outdir: 'out',
    write: false,
    loader: { '.css': 'css' },
    logLevel: 'warning',
  });
  const files = new Map(outputFiles.map(({ path, contents }) => [`/${path.split(/[\\/]/).at(-1) ?? ''}`, contents]));
  const server = createServer((request, response) => {
    const path = request.url ?? '/';
    const file = files.get(path);
    const type = file === undefined ? 'text/html' : path.endsWith('.css') ? 'text/css' : 'text/javascript';
    response.setHeader('content-type', type);
    response.end(
      file ??
        `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><link rel="icon" href="data:,">
        <link rel="stylesheet" href="/runsChart.css"><title>Runs</title></head>
        <body class="vscode-dark"><main id="root"></main><script src="/runsChart.js"></script></body></html>`,
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no port.');
  return { address: `http://127.0.0.1:${address.port}`, close: () => server.close() };
}

/** Opens the chart in a page of its own; its state survives a reload of the page, as it does in VS Code. */
export async function openRunsChart(browser: Browser, address: string): Promise<RunsChartPage> {
  const sent: RunsChartRequest[] = [];
  const errors: string[] = [];
  const page = await browser.newPage({ viewport: { width: 320, height: 480 } });
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text());
  });
  await page.exposeFunction('toHost', (request: RunsChartRequest) => sent.push(request));
  await page.addInitScript(`
    window.acquireVsCodeApi = () => ({
      postMessage: (message) => window.toHost(message),
      getState: () => JSON.parse(sessionStorage.getItem('state') ?? 'null') ?? undefined,
      setState: (next) => sessionStorage.setItem('state', JSON.stringify(next)),
    });
  `);
  await page.goto(address);
  return { page, sent, errors, send: (message) => page.evaluate((data) => postMessage(data, '*'), message) };
}
