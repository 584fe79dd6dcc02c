import type { TensorElementType, TensorInfo, TensorMap } from '../onnx/tensorValue';
import type { DataNote } from './dataNotes';
import type { ImagePlacement } from './dataset';
import type { Preprocess } from './datasetFile';
import { badDataset, formatShape } from './errors';
import type { ImageFrame } from './imageFrame';
import { frameOf } from './imageFrame';
import type { ImageSize } from './imageGeometry';
import { placeImage, planGeometry } from './imageGeometry';
import { createValueTables } from './imageValues';
import type { Pixels } from './pixels';
import { cropPixels, toGray, toRgb } from './pixels';
import { resizePixels } from './resizePixels';
import { allocateData } from './castNumbers';

/** Turns decoded images into the tensor of one model input. */
export interface ImagePlan {
  readonly inputName: string;
  readonly notes: readonly DataNote[];
  /** `where` names the image in errors. Throws `bad-dataset` when the result does not fit the model's input. */
  toTensor(pixels: Pixels, where: string): TensorMap;
  /** Where an image of this size goes. */
  place(size: ImageSize): ImagePlacement;
  /** Throws `bad-dataset` when images of this size do not fit, before any is read. */
  checkSize(size: ImageSize, where: string): void;
}

/** What is known of the images before one is read. */
export interface ImageTraits {
  /** Images that may be resized to what the model takes when nothing else is said: photographs, not CIFAR or IDX. */
  readonly mayResize: boolean;
  /** Channels of every image, where the format tells. */
  readonly channelCount?: 1 | 3;
}

/** Decides how images become the tensor of `inputs`' image input. Throws `bad-dataset` when they cannot. */
export function planImages(
  inputs: readonly TensorInfo[],
  inputName: string | undefined,
  preprocess: Preprocess | undefined,
  traits: ImageTraits,
): ImagePlan {
  const info = chooseImageInput(inputs, inputName);
  const type = numericType(info);
  const frame = frameOf(info, preprocess ?? {}, traits.channelCount);
  const geometry = planGeometry(info, frame.size, preprocess ?? {}, traits.mayResize);
  const values = createValueTables(info, type, frame.channelOrder, preprocess ?? {});

  const checkSize = (size: ImageSize, where: string): void => {
    const { region } = placeImage(geometry, size);
    checkFit(info, frame, [region.height, region.width], size, where);
  };

  const place = (size: ImageSize): ImagePlacement => {
    const { resizeTo = size, region } = placeImage(geometry, size);
    return { original: size, resized: resizeTo, region };
  };

  const toTensor = (pixels: Pixels, where: string): TensorMap => {
    const coloured = frame.channelOrder === 'gray' ? toGray(pixels) : toRgb(pixels);
    const size: ImageSize = [pixels.height, pixels.width];
    const { resizeTo, region } = placeImage(geometry, size);
    checkFit(info, frame, [region.height, region.width], size, where);
    const [height, width] = resizeTo ?? size;
    const inside =
      region.left >= 0 &&
      region.top >= 0 &&
      region.left + region.width <= width &&
      region.top + region.height <= height;
    let final: Pixels;
    if (!resizeTo) final = cropPixels(coloured, region);
    else if (inside) final = resizePixels(coloured, width, height, region);
    else final = cropPixels(resizePixels(coloured, width, height), region);
    const data = allocateData(type, final.data.length);
    values.write(final, frame.layout, data);
    return { [info.name]: { type, dims: frame.dimsOf(final), data } };
  };

  return { inputName: info.name, notes: [...geometry.notes, ...values.notes], toTensor, place, checkSize };
}

function chooseImageInput(inputs: readonly TensorInfo[], name: string | undefined): TensorInfo {
  if (name !== undefined) {
    const named = inputs.find((input) => input.name === name);
    if (named) return named;
    throw badDataset('The dataset file', `names the input "${name}", but the model has ${listInputs(inputs)}.`);
  }
  const [only] = inputs;
  if (only && inputs.length === 1) return only;
  const candidates = inputs.filter((input) => input.dims.length === 3 || input.dims.length === 4);
  const [image] = candidates;
  if (image && candidates.length === 1) return image;
  throw badDataset(
    'The model',
    `has ${candidates.length === 0 ? 'no' : 'more than one'} input that takes images (${listInputs(inputs)}). ` +
      'Name it with "input" in a dataset file, or use .npz or JSON Lines.',
  );
}

function listInputs(inputs: readonly TensorInfo[]): string {
  return inputs.map((input) => `"${input.name}" ${formatShape(input.dims)}`).join(', ') || 'no inputs';
}

function numericType(info: TensorInfo): Exclude<TensorElementType, 'string' | 'bool'> {
  const { type } = info;
  if (type !== 'unknown' && type !== 'string' && type !== 'bool') return type;
  throw badDataset(`Input "${info.name}"`, `is of type ${type}, which images cannot feed. Use .npz or JSON Lines.`);
}

function checkFit(info: TensorInfo, frame: ImageFrame, final: ImageSize, original: ImageSize, where: string): void {
  const expected = frame.size;
  const [height, width] = final;
  const sizeFits = (expected[0] ?? height) === height && (expected[1] ?? width) === width;
  const flatFits = frame.flatLength === undefined || frame.flatLength === height * width * frame.channelCount;
  if (sizeFits && flatFits) return;
  const resized =
    original[0] === height && original[1] === width ? '' : ` (${original.join('x')} before preprocessing)`;
  throw badDataset(
    where,
    `gives images of ${height}x${width}${resized}, but the model's input "${info.name}" is ${formatShape(info.dims)}. ` +
      'Set "resize" or "crop" in the "preprocess" of a dataset file.',
    { input: info.name, height, width },
  );
}
