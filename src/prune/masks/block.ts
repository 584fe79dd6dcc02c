import { rankedMasks } from './magnitude';
import type { Mask, MaskAmount, MaskedLayer, MaskNorm } from './mask';
import { flatIndex, type WeightMatrix } from './weightMatrix';

/** Size of the blocks: outputs x inputs. */
export interface BlockSize {
  readonly rows: number;
  readonly columns: number;
}

/** Why a weight cannot be divided into blocks, one English sentence; undefined when it can. */
export function blockObstacle(matrix: WeightMatrix, block: BlockSize): string | undefined {
  if (matrix.rows % block.rows === 0 && matrix.columns % block.columns === 0) return undefined;
  return `Its ${matrix.rows} outputs x ${matrix.columns} inputs are not whole blocks of ${block.rows}x${block.columns}.`;
}

/**
 * Masks that remove whole blocks, those whose mean magnitude (L1) or mean square (L2) is the smallest, of each layer or of
 * all layers together (Gray et al., GPU Kernels for Block-Sparse Weights, 2017).
 */
export function blockMasks(
  layers: readonly MaskedLayer[],
  block: BlockSize,
  norm: MaskNorm,
  amount: MaskAmount,
): Mask[] {
  const scores = layers.map((layer) => blockScores(layer, block, norm));
  return rankedMasks(layers, scores, amount).map((blocks, i) => {
    const { matrix, values } = layers[i] as MaskedLayer; // one mask a layer
    const mask = new Uint8Array(values.length);
    forEachElement(matrix, block, (at, blockIndex) => {
      mask[at] = blocks[blockIndex] ?? 1;
    });
    return mask;
  });
}

function blockScores({ matrix, values }: MaskedLayer, block: BlockSize, norm: MaskNorm): Float64Array {
  const scores = new Float64Array((matrix.rows / block.rows) * (matrix.columns / block.columns));
  const size = block.rows * block.columns;
  forEachElement(matrix, block, (at, blockIndex) => {
    const value = values[at] ?? 0;
    scores[blockIndex] = (scores[blockIndex] ?? 0) + (norm === 'l1' ? Math.abs(value) : value * value) / size;
  });
  return scores;
}

function forEachElement(
  matrix: WeightMatrix,
  block: BlockSize,
  visit: (flatIndex: number, blockIndex: number) => void,
): void {
  const perRow = matrix.columns / block.columns;
  for (let row = 0; row < matrix.rows; row++) {
    const first = Math.floor(row / block.rows) * perRow;
    for (let column = 0; column < matrix.columns; column++)
      visit(flatIndex(matrix, row, column), first + Math.floor(column / block.columns));
  }
}
