import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { pruneModel } from '../../src/recipe/pruneModel';
import { PressError } from '../../src/util/pressError';
import { textTable } from '../../src/util/textTable';

/** Latency of one pair of models is measured for so long. */
const LATENCY_SECONDS = 4;

interface Row {
  readonly model: string;
  readonly keep: number;
  /** Share of the multiply-accumulates that is left; absent where pruning refused. */
  readonly macs?: number;
  /** Latency over that of the original, timed in turn in this process. */
  readonly latency?: number;
  readonly seconds: number;
  readonly adjustments: number;
  readonly refusal?: string;
  /** Processes that wanted to run, on average over the last minute. */
  readonly load: number;
}

/** Prunes models by channels to shares of their multiply-accumulates and times the results against the originals. */
export async function run({ json }: { readonly json: boolean }): Promise<void> {
  const { values, positionals } = parseArgs({
    args: process.argv.slice(3),
    allowPositionals: true,
    options: {
      json: { type: 'boolean' },
      keep: { type: 'string', default: '0.7,0.5,0.3' },
      threads: { type: 'string', default: '0' },
    },
  });
  if (positionals.length === 0) throw new Error('Name the models: npm run bench -- prune MODEL.onnx...');
  const rows: Row[] = [];
  for (const model of positionals)
    for (const keep of values.keep.split(',').map(Number)) {
      const row = await pruneTo(resolve(model), keep, Number(values.threads));
      rows.push(row);
      process.stderr.write(`${JSON.stringify(row)}\n`);
    }
  if (json) console.log(JSON.stringify({ cpus: cpus().length, rows }));
  else console.log(textTable([HEAD, ...rows.map(cells)]));
}

const HEAD = ['model', 'MACs asked', 'MACs left', 'latency', 'seconds', 'adjustments', 'load', ''];

async function pruneTo(model: string, keep: number, threads: number): Promise<Row> {
  const parent = join(__dirname, 'results');
  mkdirSync(parent, { recursive: true });
  const folder = mkdtempSync(join(parent, 'run-'));
  const begun = performance.now();
  const facts = (): Pick<Row, 'model' | 'keep' | 'seconds' | 'load'> => ({
    model: basename(model, '.onnx'),
    keep,
    seconds: (performance.now() - begun) / 1000,
    load: loadavg()[0] ?? 0,
  });
  try {
    const { report } = await pruneModel(
      {
        model,
        threads,
        synthetic: true,
        output: join(folder, 'pruned.onnx'),
        settings: { method: 'channel', targetMacs: keep },
      },
      {
        signal: new AbortController().signal,
        onProgress: () => undefined,
        log: () => undefined,
        latencySeconds: LATENCY_SECONDS,
      },
    );
    const { macs, latency, channels } = report;
    return {
      ...facts(),
      macs: macs.after / macs.before,
      ...(latency ? { latency: 1 / latency.speedup.median } : {}),
      adjustments: channels?.adjustments.length ?? 0,
    };
  } catch (error) {
    if (!(error instanceof PressError)) throw error;
    return { ...facts(), adjustments: 0, refusal: error.message };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function cells({ model, keep, macs, latency, seconds, adjustments, load, refusal = '' }: Row): string[] {
  const share = (value: number | undefined): string => (value === undefined ? '-' : value.toFixed(2));
  return [
    model,
    share(keep),
    share(macs),
    share(latency),
    seconds.toFixed(0),
    String(adjustments),
    load.toFixed(1),
    refusal,
  ];
}
