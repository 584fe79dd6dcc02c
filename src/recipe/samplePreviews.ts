import { previewPicture } from '../data/previewPicture';
import type { Sample } from '../data/dataset';
import type { SamplePreview, SamplePreviewParams } from '../protocol';
import { createSession } from '../runtime/session';
import { throwIfCancelled } from '../util/pressError';
import { aboutModel, checkModelFile, requireData } from './evaluationData';
import { openData } from './openData';
import type { RunContext } from './runContext';

/** So many values of an input tell what it is like. */
const SHOWN_VALUES = 8;

/**
 * Makes samples visible: inputs that are images as PNG files of capped size, others as their first values.
 * Samples that cannot be read are left out. Throws `no-data` and what opening data throws.
 */
export async function samplePreviews(params: SamplePreviewParams, { signal }: RunContext): Promise<SamplePreview[]> {
  requireData(params, params.model, 'Showing samples of');
  const { optimization } = checkModelFile(params.model);
  const session = await aboutModel(params.model, () => createSession(params.model, { threads: 1, optimization }));
  try {
    const dataset = await openData(params.model, session.inputs, params);
    const previews: SamplePreview[] = [];
    for (const index of params.indices) {
      throwIfCancelled(signal);
      const sample = await dataset.readOriginal(index).catch(() => undefined);
      if (sample !== undefined) previews.push(await previewOf(sample, index));
    }
    return previews;
  } finally {
    await session.release();
  }
}

async function previewOf(sample: Sample, index: number): Promise<SamplePreview> {
  const inputs = Object.entries(sample.inputs);
  const { source } = sample;
  for (const [, tensor] of inputs) {
    const picture = await previewPicture(tensor);
    if (picture !== undefined) return { index, source, png: Buffer.from(picture).toString('base64') };
  }
  const values = inputs.map(([input, { dims, data }]) => ({
    input,
    dims,
    // The slice has the element type of the tensor, which `map` would ask for too.
    first: [...(data.slice(0, SHOWN_VALUES) as Iterable<number | bigint | string>)].map(valueText),
  }));
  return { index, source, values };
}

function valueText(value: number | bigint | string): string {
  return typeof value === 'number' ? String(Number(value.toPrecision(4))) : String(value).slice(0, 40);
}
