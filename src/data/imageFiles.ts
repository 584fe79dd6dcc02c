import type { DataNote } from './dataNotes';
import type { SampleSource } from './dataset';
import { decodeImage } from './decodeImage';
import type { ImagePlan } from './imagePlan';

/** Image files with or without labels, however they were listed. */
export interface ImageFiles {
  readonly paths: readonly string[];
  readonly labels?: Int32Array;
  readonly classNames?: readonly string[];
  readonly notes: readonly DataNote[];
}

/** Makes a sample source of image files; each is decoded when it is asked for. */
export function imageFilesSource(
  kind: 'image-folder' | 'image-list',
  description: string,
  files: ImageFiles,
  plan: ImagePlan,
): SampleSource {
  const pathOf = (index: number): string => files.paths[index] ?? '';
  return {
    kind,
    description,
    count: files.paths.length,
    hasLabels: files.labels !== undefined,
    ...(files.classNames ? { classNames: files.classNames } : {}),
    notes: [...files.notes, ...plan.notes],
    inputNames: [plan.inputName],
    nameOf: pathOf,
    labelOf: (index) => files.labels?.[index] ?? 0,
    contentOf: async (index) => {
      const pixels = await decodeImage(pathOf(index));
      return { inputs: plan.toTensor(pixels, pathOf(index)), placement: plan.place([pixels.height, pixels.width]) };
    },
  };
}
