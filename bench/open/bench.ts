import { existsSync, mkdirSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';
import { spreadOf } from '../../src/util/stats';
import { measurePanel, type Opening } from './measurePanel';
import { servePanel, type PanelServer } from './panelServer';

const MODELS = ['resnet50', 'densenet201', 'transformer24', 'transformer10k', 'mlp'];
const FLAGS = ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-sync'];
const PICTURES = 'out/bench/open/pictures';

interface Row {
  readonly model: string;
  readonly openings: readonly Opening[];
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
      json: { type: 'boolean' },
    },
  });
  const only = String(values.only);
  const wanted = only === '' ? MODELS : only.split(',');
  const fileOf = (model: string): string => join(String(values.models), `${model}.onnx`);
  const missing = wanted.filter((model) => !existsSync(fileOf(model)));
  if (values.pictures) mkdirSync(PICTURES, { recursive: true });
  const server = await servePanel();
  const rows: Row[] = [];
  for (const model of wanted.filter((name) => !missing.includes(name))) {
    const load = loadavg()[0] ?? NaN;
    const openings: Opening[] = [];
    for (let repeat = 0; repeat < Number(values.repeats); repeat++) {
      const picture = values.pictures && repeat === 0 ? join(PICTURES, `${model}.png`) : undefined;
      openings.push(await inFreshBrowser(server, fileOf(model), picture));
    }
    rows.push({ model, openings, load });
    if (!json) print(model, openings, load);
  }
  server.close();
  if (json) console.log(JSON.stringify({ rows, missingModels: missing }));
  else for (const model of missing) console.log(`Missing model: ${model} (node bench/models/make.mjs ${model})`);
}

async function inFreshBrowser(server: PanelServer, path: string, picture: string | undefined): Promise<Opening> {
  const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
  const browser = await chromium.launch({ executablePath, headless: true, args: FLAGS });
  try {
    return await measurePanel(browser, server, path, picture);
  } finally {
    await browser.close();
  }
}

function print(model: string, openings: readonly Opening[], load: number): void {
  const middle = (pick: (opening: Opening) => number): number => spreadOf(openings.map(pick)).median;
  const expand = openings.flatMap(({ expandSeconds }) => expandSeconds ?? []);
  const expanded = expand.length === 0 ? '' : `, all groups open after another ${spreadOf(expand).median.toFixed(2)} s`;
  console.log(
    `${model}: shown in ${middle(({ openSeconds }) => openSeconds).toFixed(2)} s (read ${middle(({ readSeconds }) => readSeconds).toFixed(2)} s)${expanded}; ` +
      `renderer ${middle(({ rendererMegabytes }) => rendererMegabytes).toFixed(0)} MB, engine ${middle(({ engineMegabytes }) => engineMegabytes).toFixed(0)} MB, ` +
      `${openings[0]?.elements ?? 0} elements; load ${load.toFixed(1)}`,
  );
  for (const gesture of Object.keys(openings[0]?.gestures ?? {})) {
    const [median, p95, step] = (['median', 'p95', 'step'] as const).map((figure) =>
      middle(({ gestures }) => gestures[gesture]?.[figure] ?? NaN).toFixed(1),
    );
    console.log(`  ${gesture}: frames ${median} ms, 95 % under ${p95} ms, ${step} ms a step`);
  }
}
