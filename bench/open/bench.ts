import { existsSync, mkdirSync } from 'node:fs';
import { loadavg } from 'node:os';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { chromium, type Page } from 'playwright-core';
import { GRAPH_STRINGS } from '../../src/protocol/graphStrings';
import { loadGraph } from '../../src/recipe/graph/loadGraph';
import { buildAllGroups } from '../../webview/graph/model/groups';
import { measureMovement, measureOpening, type Movement, type Opening, type Way } from './measurePanel';
import { servePanel, type PanelServer } from './panelServer';
import { printModel } from './printModel';

const MODELS = ['resnet50', 'densenet201', 'transformer24', 'transformer10k', 'mlp'];
const WAYS: readonly Way[] = ['cold', 'warm', 'expanded'];
const FLAGS = [
  ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'],
  ...['--disable-component-update', '--disable-sync', '--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1'],
];
const PICTURES = 'out/bench/open/pictures';

/** What was measured of one model. */
export interface ModelRow {
  readonly model: string;
  readonly openings: Readonly<Record<Way, readonly Opening[]>>;
  readonly movements: readonly Movement[];
  /** Processes that waited for a processor when the model's turn came. */
  readonly load: number;
}

/** Measures how long the panel takes to show a model, and how smoothly it moves with all groups open. */
export async function run({ json }: { readonly json: boolean }): Promise<void> {
  const { values } = parseArgs({
    strict: false,
    options: {
      models: { type: 'string', default: 'bench/models/out' },
      only: { type: 'string', default: '' },
      repeats: { type: 'string', default: '3' },
      pictures: { type: 'boolean', default: false },
      still: { type: 'boolean', default: false },
      json: { type: 'boolean' },
    },
  });
  const only = String(values.only);
  const wanted = (only === '' ? MODELS : only.split(',')).map((model) => ({
    model: basename(model, '.onnx'),
    path: model.endsWith('.onnx') ? model : join(String(values.models), `${model}.onnx`),
  }));
  const missing = wanted.filter(({ path }) => !existsSync(path)).map(({ model }) => model);
  if (values.pictures) mkdirSync(PICTURES, { recursive: true });
  const server = await servePanel();
  const rows: ModelRow[] = [];
  for (const { model, path } of wanted.filter(({ path: file }) => existsSync(file))) {
    const picture = values.pictures ? join(PICTURES, `${model}.png`) : undefined;
    const row = await measureModel(server, { model, path, picture }, Number(values.repeats), Boolean(values.still));
    rows.push(row);
    if (!json) printModel(row);
  }
  server.close();
  if (json) console.log(JSON.stringify({ rows, missingModels: missing }));
  else for (const model of missing) console.log(`Missing model: ${model} (node bench/models/make.mjs ${model})`);
}

async function measureModel(
  server: PanelServer,
  { model, path, picture }: { readonly model: string; readonly path: string; readonly picture: string | undefined },
  repeats: number,
  still: boolean,
): Promise<ModelRow> {
  const load = loadavg()[0] ?? NaN;
  const groups = buildAllGroups(await loadGraph(path), GRAPH_STRINGS).flatMap((tree) =>
    tree.groups.map(({ key }) => key),
  );
  const openings: Record<Way, Opening[]> = { cold: [], warm: [], expanded: [] };
  const movements: Movement[] = [];
  for (let repeat = 0; repeat < repeats; repeat++) {
    for (const way of WAYS) {
      const move = async (page: Page): Promise<void> => {
        movements.push(await measureMovement(page, repeat === 0 ? picture : undefined));
      };
      const inspect = way === 'cold' && !still ? move : undefined;
      openings[way].push(await inFreshBrowser(server, { path, way, groups }, inspect));
    }
  }
  return { model, openings, movements, load };
}

async function inFreshBrowser(
  server: PanelServer,
  asked: Parameters<typeof measureOpening>[2],
  inspect: ((page: Page) => Promise<void>) | undefined,
): Promise<Opening> {
  const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
  const browser = await chromium.launch({ executablePath, headless: true, args: FLAGS });
  try {
    return await measureOpening(browser, server, asked, inspect);
  } finally {
    await browser.close();
  }
}
