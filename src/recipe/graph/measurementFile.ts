import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import type { OverlayData } from '../../protocol';
import { fileError, writeTextFile } from '../../util/files';
import { measurementFolder } from './findReports';
import { isCurrent, readRunFile, stampOf } from './runFiles';

/** Overlays that are measured and kept in the run folder of a model. */
export type KeptOverlay = 'latency' | 'sensitivity';

const FILES: Readonly<Record<KeptOverlay, string>> = { latency: 'profile.json', sensitivity: 'sensitivity.json' };

const shift = z.object({ divergence: z.number(), changed: z.number(), rows: z.number() });

/** The schema of `profile.json` and `sensitivity.json`. */
export const measurementSchema = z.object({
  format: z.literal('onnx-press-measurement'),
  version: z.literal(1),
  overlay: z.enum(['latency', 'sensitivity']),
  /** The model, as it was. */
  model: z.object({ sizeBytes: z.number(), mtimeMs: z.number() }),
  /** What it was measured with, in short; figures of other settings are not continued. */
  settings: z.string(),
  /** False while layers are still missing. */
  complete: z.boolean(),
  origin: z.string(),
  values: z.record(
    z.string(),
    z.object({
      value: z.number(),
      detail: z.string().exactOptional(),
      fusedInto: z.string().exactOptional(),
      /** Of `sensitivity`: what an interrupted measurement goes on from. */
      alone: shift.exactOptional(),
      keptFloat: shift.exactOptional(),
    }),
  ),
});

export type Measurement = z.infer<typeof measurementSchema>;

/** What was measured on a model; undefined where nothing was, or where the model has changed since. */
export function readMeasurement(modelPath: string, overlay: KeptOverlay): Measurement | undefined {
  const found = readRunFile(join(measurementFolder(modelPath), FILES[overlay]), measurementSchema);
  return found?.overlay === overlay && isCurrent(modelPath, found.model) ? found : undefined;
}

/** Keeps what was measured; an earlier measurement is replaced. Throws `file-access`. */
export function writeMeasurement(
  modelPath: string,
  overlay: KeptOverlay,
  measured: Pick<Measurement, 'settings' | 'complete' | 'origin' | 'values'>,
): void {
  const path = join(measurementFolder(modelPath), FILES[overlay]);
  const model = stampOf(modelPath);
  if (!model) return; // the model is gone, and nobody will ask
  const content: Measurement = { format: 'onnx-press-measurement', version: 1, overlay, model, ...measured };
  try {
    mkdirSync(dirname(path), { recursive: true });
  } catch (error) {
    throw fileError(path, error);
  }
  writeTextFile(path, `${JSON.stringify(content)}\n`, { overwrite: true });
}

/** A measurement as the panel takes it. */
export function overlayOf({ overlay, origin, values }: Measurement): OverlayData {
  const shown = Object.entries(values).map(([node, { value, detail, fusedInto }]) => [
    node,
    {
      value,
      ...(detail === undefined ? {} : { detail }),
      ...(fusedInto === undefined ? {} : { fusedInto }),
    },
  ]);
  return { overlay, origin, values: Object.fromEntries(shown) };
}
