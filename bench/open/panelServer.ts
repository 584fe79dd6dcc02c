import { createServer } from 'node:http';
import { resolve } from 'node:path';
import { readFileSync } from 'node:fs';
import { build } from 'esbuild';
import { englishSchemas } from '../../scripts/englishSchemas.mjs';
import { createEngines } from '../../src/host/engines';
import { packMessage } from '../../src/host/graph/packMessage';
import { GRAPH_STRINGS } from '../../src/protocol/graphStrings';
import { PAGE } from './page';

/** The panel on a local address, with the engine that ships in a process of its own. */
export interface PanelServer {
  readonly address: string;
  /** The page may ask for the model at `path` next; `expanded` are the keys of the groups that it opens with. */
  readonly prepare: (path: string, expanded?: readonly string[]) => void;
  /** Starts the engine and waits until it answers, so that it runs when the model is asked for. */
  readonly startEngine: () => Promise<void>;
  /** Asks the engine for the model, as the host does in the moment in which the editor is asked. */
  readonly ask: () => void;
  /** When the engine's answer was there, in milliseconds since 1970. */
  readonly answeredAt: () => number;
  /** Peak memory of the running engine. */
  readonly engineMegabytes: () => number;
  readonly stopEngine: () => Promise<void>;
  readonly close: () => void;
}

/** Names the panel in what it has saved. */
const TOKEN = 'bench';

/** Bundles the panel and the engine as they ship, and serves the panel. */
export async function servePanel(): Promise<PanelServer> {
  const files = await bundlePanel();
  await bundleEngine();
  const { reader } = createEngines(__dirname, {
    cancelTimeoutMs: () => 1000,
    idleTimeoutMs: () => 0,
    onLog: () => undefined,
  });
  let asked = { path: '', expanded: undefined as readonly string[] | undefined };
  let answer: Promise<ReturnType<typeof packMessage>> | undefined;
  let answeredAt = NaN;
  const ask = (): void => {
    answer = reader.request('graph/load', { path: asked.path }).then((document) => {
      answeredAt = clock();
      const choices = [{ excluded: [], fp16: [], protected: [] }];
      const show = {
        type: 'graph/show',
        documents: [document],
        strings: GRAPH_STRINGS,
        locale: 'en',
        choices,
      } as const;
      return packMessage({ ...show, token: TOKEN });
    });
    // The page's request for the document tells what goes wrong.
    answer.catch(() => undefined);
  };
  const server = createServer((request, response) => {
    const path = request.url ?? '/';
    const file = files.get(path);
    response.setHeader('cache-control', 'no-store');
    if (file) {
      response.setHeader('content-type', path.endsWith('.css') ? 'text/css' : 'text/javascript');
      response.end(file);
    } else if (path === '/document') {
      (answer ?? Promise.reject(new Error('The model was not asked for.'))).then(
        (message) => response.end('json' in message ? message.json : undefined),
        (error: unknown) => response.writeHead(500).end(String(error)),
      );
    } else {
      response.setHeader('content-type', 'text/html');
      const state = asked.expanded === undefined ? null : stateOf(asked.expanded);
      response.end(PAGE.replace('"STATE"', () => JSON.stringify(state)));
    }
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no port.');
  return {
    address: `http://127.0.0.1:${address.port}/`,
    prepare: (path, expanded) => {
      asked = { path: resolve(path), expanded };
      answer = undefined;
    },
    startEngine: async () => void (await reader.request('engine/hello', {})),
    ask,
    answeredAt: () => answeredAt,
    engineMegabytes: () => peakMegabytes(reader.pid),
    stopEngine: () => reader.stop(),
    close: () => {
      server.close();
      void reader.dispose();
    },
  };
}

/** Milliseconds since 1970, finer than a millisecond: the same clock in all processes of a machine. */
export function clock(): number {
  return performance.timeOrigin + performance.now();
}

/** Peak resident memory of a process, by the kernel's own count; NaN outside of Linux. */
export function peakMegabytes(pid: number | undefined): number {
  try {
    const status = readFileSync(`/proc/${pid ?? 0}/status`, 'utf8');
    return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) / 1024;
  } catch {
    return NaN;
  }
}

async function bundlePanel(): Promise<Map<string, Uint8Array>> {
  const { outputFiles } = await build({
    entryPoints: {
      graph: 'webview/panels/graph.ts',
      graphStart: 'webview/panels/graphStart.ts',
      graphWorker: 'webview/worker/graphWorker.ts',
    },
    ...{ bundle: true, minify: true, platform: 'browser', target: 'chrome120', format: 'iife', write: false },
    ...{ outdir: 'out', logLevel: 'warning' },
  });
  return new Map(outputFiles.map(({ path, contents }) => [`/${path.split(/[\\/]/).at(-1) ?? ''}`, contents]));
}

async function bundleEngine(): Promise<void> {
  await build({
    entryPoints: { reader: 'src/engine/reader.ts' },
    ...{ bundle: true, minify: true, platform: 'node', target: 'node20', format: 'cjs', outdir: __dirname },
    ...{
      mainFields: ['module', 'main'],
      external: ['onnxruntime-node', 'sharp'],
      plugins: [englishSchemas],
      logLevel: 'warning',
    },
  });
}

/** What a panel has saved in which a person opened these groups. */
function stateOf(expanded: readonly string[]): unknown {
  return { version: 1, token: TOKEN, sides: [{ graph: 0, raw: false, expanded }] };
}
