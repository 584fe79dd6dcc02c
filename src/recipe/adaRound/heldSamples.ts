import type { Sample } from '../../data/dataset';

/** Samples that rounding is learned from and checked on; more change little and take longer. */
const MAX_SAMPLES = 512;
/** Large samples are fewer, so that memory stays bounded. */
const MAX_BYTES = 256 << 20;

/** Passes samples on, and keeps the first of them in `held`. */
export async function* holdFirst(samples: AsyncIterable<Sample>, held: Sample[]): AsyncGenerator<Sample> {
  let bytes = 0;
  for await (const sample of samples) {
    for (const { data } of Object.values(sample.inputs)) bytes += ArrayBuffer.isView(data) ? data.byteLength : 0;
    if (held.length < MAX_SAMPLES && (held.length === 0 || bytes <= MAX_BYTES)) held.push(sample);
    yield sample;
  }
}
