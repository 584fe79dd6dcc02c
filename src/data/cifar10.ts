import type { SampleSource } from './dataset';
import { badDataset } from './errors';
import { readExactly, readPart, withFile } from './fileAccess';
import type { ImagePlan } from './imagePlan';
import type { Pixels } from './pixels';

const SIDE = 32;
const PLANE = SIDE * SIDE;
/** One label byte, then the red, green and blue planes. */
const RECORD_BYTES = 1 + 3 * PLANE;
/** CIFAR-100 has two label bytes; recognised only to say so. */
const CIFAR100_RECORD_BYTES = RECORD_BYTES + 1;
const RECORDS_A_CHUNK = 1024;
const CLASS_NAMES = ['airplane', 'automobile', 'bird', 'cat', 'deer', 'dog', 'frog', 'horse', 'ship', 'truck'];

/** Opens a file in the binary layout of CIFAR-10; records are read from disk when asked for. */
export async function openCifar10(path: string, planFor: (channelCount: 3) => ImagePlan): Promise<SampleSource> {
  const plan = planFor(3);
  plan.checkSize([SIDE, SIDE], path);
  const labels = await readLabels(path);
  return {
    kind: 'cifar10',
    description: `${labels.length} CIFAR-10 images in ${path}`,
    count: labels.length,
    hasLabels: true,
    classNames: CLASS_NAMES,
    notes: plan.notes,
    inputNames: [plan.inputName],
    nameOf: (index) => `${path}[${index}]`,
    labelOf: (index) => labels[index] ?? 0,
    contentOf: async (index) => {
      const planes = await readPart(path, index * RECORD_BYTES + 1, 3 * PLANE);
      const inputs = plan.toTensor(interleave(planes), `${path}[${index}]`);
      return { inputs, placement: plan.place([SIDE, SIDE]) };
    },
  };
}

function readLabels(path: string): Promise<Uint8Array> {
  return withFile(path, async (file, size) => {
    if (size === 0 || size % RECORD_BYTES !== 0) {
      const other =
        size > 0 && size % CIFAR100_RECORD_BYTES === 0 ? ' It looks like CIFAR-100, which is not supported.' : '';
      throw badDataset(
        path,
        `is not a CIFAR-10 binary file: ${size} bytes are not a multiple of ${RECORD_BYTES}.${other} Check the file.`,
      );
    }
    const count = size / RECORD_BYTES;
    const labels = new Uint8Array(count);
    for (let start = 0; start < count; start += RECORDS_A_CHUNK) {
      const records = Math.min(RECORDS_A_CHUNK, count - start);
      const chunk = await readExactly(file, path, start * RECORD_BYTES, records * RECORD_BYTES);
      for (let i = 0; i < records; i++) labels[start + i] = chunk[i * RECORD_BYTES] ?? 0;
    }
    const wrong = labels.findIndex((label) => label >= CLASS_NAMES.length);
    if (wrong < 0) return labels;
    throw badDataset(
      `${path}[${wrong}]`,
      `has label ${labels[wrong]}, but CIFAR-10 has classes 0 to 9. Check the file.`,
    );
  });
}

function interleave(planes: Uint8Array): Pixels {
  const data = new Uint8Array(3 * PLANE);
  for (let i = 0, at = 0; i < PLANE; i++) {
    data[at++] = planes[i] ?? 0;
    data[at++] = planes[PLANE + i] ?? 0;
    data[at++] = planes[2 * PLANE + i] ?? 0;
  }
  return { width: SIDE, height: SIDE, channels: 3, data };
}
