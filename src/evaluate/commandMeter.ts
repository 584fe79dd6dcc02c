import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { badDataset } from '../data/errors';
import { createNpySpool, type NpySpool } from '../data/npySpool';
import type { MetricCommand } from '../data/taskSchema';
import type { TensorMap } from '../onnx/tensorValue';
import type { Estimate, Metric } from '../protocol';
import { createSumBootstrap } from './bootstrap';
import { runMetricCommand } from './runMetricCommand';
import { outputOfSample, type TaskFigure, type TaskMeter, type TaskSettings } from './taskMeter';

/** What a program said: one number over all samples, or one a sample. */
type Figure = number | readonly number[];

/** What is told about a sample, in `samples.json`. */
interface SpooledSample {
  readonly index: number;
  readonly source: string;
  readonly label?: number;
}

/**
 * Measures with a program of the dataset file: every output goes to a temporary folder as NumPy files, with what is known
 * of the samples in `samples.json`, and the program prints `{"name": figure}`. A figure is a number, or a list with one
 * number a sample, whose mean then gets an interval. Only for programs that the person trusts.
 */
export function createCommandMeter(metric: MetricCommand, settings: TaskSettings): TaskMeter {
  const samples: SpooledSample[] = [];
  let spools: OutputSpools[] = [];
  return {
    async add(run, byModel) {
      while (spools.length < byModel.length) spools.push(new OutputSpools());
      for (const [row, { source, label, index = samples.length }] of run.entries()) {
        samples.push({ index, source, ...(label === undefined ? {} : { label }) });
        for (const [model, map] of byModel.entries()) await spools[model]?.add(map, row, run.length);
      }
    },
    async finish(signal) {
      const figures: Map<string, Figure>[] = [];
      for (const spool of spools) {
        const folder = await spool.finish(samples);
        figures.push(readFigures(metric, await runMetricCommand(metric, folder, signal), samples.length));
      }
      return figuresOf(figures, settings, samples.length);
    },
    async dispose() {
      for (const spool of spools) await spool.dispose();
      spools = [];
    },
  };
}

/** The outputs of one model on disk. */
class OutputSpools {
  private folder: Promise<string> | undefined;
  private readonly spools = new Map<string, NpySpool>();

  async add(outputs: TensorMap, row: number, samples: number): Promise<void> {
    for (const [name, value] of Object.entries(outputs)) {
      let spool = this.spools.get(name);
      if (!spool) {
        spool = await createNpySpool(join(await this.place(), fileNameOf(name, this.spools.size)));
        this.spools.set(name, spool);
      }
      await spool.add(outputOfSample(value, row, samples));
    }
  }

  /** Completes the folder and returns it. */
  async finish(samples: readonly SpooledSample[]): Promise<string> {
    const folder = await this.place();
    for (const spool of this.spools.values()) await spool.finish();
    const outputs = [...this.spools.keys()].map((name, i) => ({ name, file: fileNameOf(name, i) }));
    await writeFile(join(folder, 'samples.json'), JSON.stringify({ outputs, samples }));
    return folder;
  }

  async dispose(): Promise<void> {
    for (const spool of this.spools.values()) await spool.abandon();
    if (this.folder) await rm(await this.folder, { recursive: true, force: true });
  }

  private place(): Promise<string> {
    this.folder ??= mkdtemp(join(tmpdir(), 'onnx-press-outputs-'));
    return this.folder;
  }
}

/** Output names hold slashes and colons; a file is named alike, and by its number where that is not enough. */
function fileNameOf(name: string, index: number): string {
  return /^[\w.-]{1,100}$/.test(name) && !name.startsWith('.') ? name : `output_${index}`;
}

function readFigures(
  { command }: MetricCommand,
  printed: Readonly<Record<string, unknown>>,
  sampleCount: number,
): Map<string, Figure> {
  const figures = new Map<string, Figure>();
  for (const [name, value] of Object.entries(printed)) {
    const isList = Array.isArray(value) && value.length === sampleCount && value.every((each) => Number.isFinite(each));
    if (typeof value === 'number' || isList)
      figures.set(name, value as Figure); // just checked
    else
      throw badDataset(command, `printed "${name}", which is neither a number nor a list of ${sampleCount} numbers.`);
  }
  if (figures.size > 0) return figures;
  throw badDataset(command, 'printed no figure. Print a JSON object such as {"wer": 0.12}.');
}

function figuresOf(models: readonly Map<string, Figure>[], { seed }: TaskSettings, count: number): TaskFigure[] {
  const [first] = models;
  return [...(first?.keys() ?? [])].flatMap((name) => {
    const rows = models.map((model) => model.get(name)).filter((figure) => typeof figure === 'object');
    if (rows.length < models.length) {
      return [{ models: models.map((model): Metric => ({ name, figure: { value: meanOf(model.get(name)), count } })) }];
    }
    const sums = createSumBootstrap(models.length + 1);
    for (let i = 0; i < count; i++) sums.add([...rows.map((row) => row[i] ?? NaN), 1]);
    const mean =
      (model: number) =>
      (all: Float64Array): number =>
        (all[model] ?? NaN) / (all[models.length] ?? NaN);
    const statistics = models.map((_, model) => mean(model));
    const change = (all: Float64Array): number => mean(1)(all) - mean(0)(all);
    const estimates = sums.estimates(models.length === 2 ? [...statistics, change] : statistics, seed);
    const changed = estimates[models.length];
    return [
      {
        models: models.map((_, model): Metric => ({ name, figure: estimates[model] as Estimate })), // one a statistic
        ...(changed ? { change: changed } : {}),
      },
    ];
  });
}

function meanOf(figure: Figure | undefined): number {
  if (typeof figure === 'number' || figure === undefined) return figure ?? NaN;
  return figure.reduce((sum, value) => sum + value, 0) / figure.length;
}
