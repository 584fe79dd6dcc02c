import type { TensorInfo } from '../onnx/tensorValue';
import type { Preprocess } from './datasetFile';
import { badDataset, formatShape } from './errors';

/** How the pixels lie in a model's input. */
export interface ImageFrame {
  readonly layout: 'NCHW' | 'NHWC';
  readonly channelOrder: 'rgb' | 'bgr' | 'gray';
  readonly channelCount: 1 | 3;
  /** Height and width that the input fixes; undefined where it is dynamic. */
  readonly size: readonly [number | undefined, number | undefined];
  /** For inputs of rank 2: how many values an image must have. */
  readonly flatLength?: number;
  /** The dimensions of the sample's tensor; the batch dimension is 1. */
  dimsOf(image: { readonly width: number; readonly height: number }): readonly number[];
}

type Axis = 'n' | 'c' | 'h' | 'w';
type Dim = number | string | null | undefined;

/**
 * Finds batch, channel, height and width among an input's dimensions. Without "layout", a channel dimension of 1 or 3
 * decides, first second (NCHW), then last (NHWC), else NCHW. Rank 3 is one unbatched image when its first or last
 * dimension is 3, else grey without a channel dimension; rank 2 is a flattened image. Where the dimensions do not tell
 * the number of channels, `imageChannels` does. Throws `bad-dataset`.
 */
export function frameOf(info: TensorInfo, preprocess: Preprocess, imageChannels?: 1 | 3): ImageFrame {
  const { dims } = info;
  const layout = preprocess.layout ?? inferLayout(dims);
  const axes = axesOf(dims, layout);
  if (!axes) {
    throw badDataset(
      `Input "${info.name}"`,
      `is ${formatShape(dims)}, which images cannot feed: it takes rank 2, 3 or 4. Use .npz or JSON Lines.`,
    );
  }
  const channelDim = axes.includes('c') ? dims[axes.indexOf('c')] : axes.includes('h') ? 1 : null;
  const likelyChannels = typeof channelDim === 'number' ? channelDim : (imageChannels ?? (isSquareFlat(info) ? 1 : 3));
  const channelOrder = preprocess.channels ?? (likelyChannels === 1 ? 'gray' : 'rgb');
  const channelCount = channelOrder === 'gray' ? 1 : 3;
  if (typeof channelDim === 'number' && channelDim !== channelCount) {
    throw badDataset(
      `Input "${info.name}"`,
      `is ${formatShape(dims)} with ${channelDim} channels, but "${channelOrder}" images have ${channelCount}. ` +
        'Set "channels" or "layout" in "preprocess", or use .npz.',
    );
  }
  const flatLength = dims.length === 2 ? asSize(dims[1]) : undefined;
  return {
    layout,
    channelOrder,
    channelCount,
    size: [asSize(dims[axes.indexOf('h')]), asSize(dims[axes.indexOf('w')])],
    ...(flatLength === undefined ? {} : { flatLength }),
    dimsOf: ({ width, height }) => {
      if (dims.length === 2) return [1, width * height * channelCount];
      const sizes = { n: 1, c: channelCount, h: height, w: width };
      return axes.map((axis) => sizes[axis]);
    },
  };
}

function inferLayout(dims: readonly Dim[]): 'NCHW' | 'NHWC' {
  const isChannel = (dim: Dim): boolean => dim === 1 || dim === 3;
  const first = dims.length === 4 ? dims[1] : dims[0];
  return !isChannel(first) && isChannel(dims[dims.length - 1]) && dims.length >= 3 ? 'NHWC' : 'NCHW';
}

function axesOf(dims: readonly Dim[], layout: 'NCHW' | 'NHWC'): readonly Axis[] | undefined {
  if (dims.length === 4) return layout === 'NCHW' ? ['n', 'c', 'h', 'w'] : ['n', 'h', 'w', 'c'];
  if (dims.length === 2) return ['n'];
  if (dims.length !== 3) return undefined;
  if (layout === 'NCHW' && dims[0] === 3) return ['c', 'h', 'w'];
  if (layout === 'NHWC' && (dims[2] === 3 || dims[2] === 1)) return ['h', 'w', 'c'];
  return ['n', 'h', 'w'];
}

/** A flattened input of 784 values or another square is grey; one of 3 squares is colour. */
function isSquareFlat(info: TensorInfo): boolean {
  const length = info.dims.length === 2 ? info.dims[1] : undefined;
  return typeof length === 'number' && Number.isInteger(Math.sqrt(length));
}

function asSize(dim: Dim): number | undefined {
  return typeof dim === 'number' && dim > 0 ? dim : undefined;
}
