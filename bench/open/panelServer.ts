import { fork, type ChildProcess } from 'node:child_process';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { build } from 'esbuild';
import { GRAPH_STRINGS } from '../../src/protocol/graphStrings';
import type { LoadedMessage } from './worker';

/** The panel on a local address, with an engine in a process of its own. */
export interface PanelServer {
  readonly address: string;
  /** Starts an engine; it waits for the page to ask for the model at `path`. */
  readonly prepare: (path: string) => Promise<void>;
  /** Peak memory of the engine of the last model. */
  readonly engineMegabytes: () => number;
  readonly close: () => void;
}

/** What VS Code gives a panel, and a clock: from asking for the model to the panel's word and two more frames. */
const HOST = `
  const bench = { frames: [], recording: false };
  globalThis.bench = bench;
  globalThis.acquireVsCodeApi = () => ({
    postMessage: (message) => { if (message.type === 'shown') bench.shown?.(); },
    getState: () => undefined,
    setState: () => undefined,
  });
  globalThis.Worker = class extends Worker {
    constructor(...given) {
      super(...given);
      this.addEventListener('message', () => bench.laidOut?.());
    }
  };
  const twoFrames = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  const record = () => { if (bench.recording) { bench.frames.push(performance.now()); requestAnimationFrame(record); } };
  bench.start = () => { bench.frames = []; bench.recording = true; requestAnimationFrame(record); };
  bench.stop = () => { bench.recording = false; return bench.frames; };
  bench.open = async () => {
    const strings = await (await fetch('/strings')).json();
    const started = performance.now();
    const shown = new Promise((done) => { bench.shown = done; });
    const document = await (await fetch('/document')).json();
    const read = performance.now();
    const choices = [{ excluded: [], fp16: [] }];
    postMessage({ type: 'graph/show', documents: [document], strings, locale: 'en', token: 'bench', choices }, '*');
    await shown;
    await twoFrames();
    return { seconds: (performance.now() - started) / 1000, readSeconds: (read - started) / 1000 };
  };
  bench.expand = async () => {
    const started = performance.now();
    const laidOut = new Promise((done) => { bench.laidOut = () => done(true); });
    postMessage({ type: 'graph/command', command: 'expandAll' }, '*');
    const done = await Promise.race([laidOut, new Promise((give) => setTimeout(give, 10000, false))]);
    await twoFrames();
    return done ? (performance.now() - started) / 1000 : null;
  };`;

const PAGE = `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Panel</title><link rel="icon" href="data:,">
  <style>:root { --vscode-editor-background: #1f1f1f; --vscode-editor-foreground: #ccc; --vscode-foreground: #ccc; --vscode-focusBorder: #0078d4; --vscode-font-family: sans-serif; --vscode-font-size: 13px }</style>
  <link rel="stylesheet" href="/graph.css"></head>
  <body class="vscode-dark"><main id="root" data-worker="/graphWorker.js"></main>
  <script>${HOST}</script><script src="/graph.js"></script></body></html>`;

/** Bundles the panel as it ships and serves it. */
export async function servePanel(): Promise<PanelServer> {
  const { outputFiles } = await build({
    entryPoints: { graph: 'webview/panels/graph.ts', graphWorker: 'webview/worker/graphWorker.ts' },
    ...{ bundle: true, minify: true, platform: 'browser', target: 'chrome120', format: 'iife', write: false },
    ...{ outdir: 'out', logLevel: 'warning' },
  });
  const files = new Map(outputFiles.map(({ path, contents }) => [`/${path.split(/[\\/]/).at(-1) ?? ''}`, contents]));
  let engine: ChildProcess | undefined;
  let asked = '';
  let megabytes = NaN;
  const server = createServer((request, response) => {
    const path = request.url ?? '/';
    const file = files.get(path);
    response.setHeader('cache-control', 'no-store');
    if (file) {
      response.setHeader('content-type', path.endsWith('.css') ? 'text/css' : 'text/javascript');
      response.end(file);
    } else if (path === '/strings') response.end(JSON.stringify(GRAPH_STRINGS));
    else if (path === '/document') {
      engine?.once('message', ({ json, peakMegabytes }: LoadedMessage) => {
        megabytes = peakMegabytes;
        response.end(json);
      });
      engine?.send(asked);
    } else {
      response.setHeader('content-type', 'text/html');
      response.end(PAGE);
    }
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no port.');
  return {
    address: `http://127.0.0.1:${address.port}/`,
    prepare: async (path) => {
      asked = path;
      const started = fork(join(__dirname, 'worker.js'), { stdio: 'inherit' });
      engine = started;
      await new Promise((ready) => started.once('message', ready));
    },
    engineMegabytes: () => megabytes,
    close: () => server.close(),
  };
}
