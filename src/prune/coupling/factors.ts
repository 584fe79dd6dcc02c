/** What a reshape does to some axes that lie side by side: it reads the same numbers with other borders. */
export interface ReshapeBlock {
  /** Axes before and after, positions in order; axes of length 1 are left out. */
  readonly from: readonly number[];
  readonly to: readonly number[];
}

/**
 * Cuts a reshape into the smallest blocks of axes with equal products, from both ends; `undefined` dimensions match only
 * what is the same dimension by position (see `sameDim`). What lies between, beside unknown dimensions, is left out.
 */
export function reshapeBlocks(
  from: readonly (number | undefined)[],
  to: readonly (number | undefined)[],
): ReshapeBlock[] {
  const front = walk(from, to);
  if (front.rest.from.length + front.rest.to.length === 0) return front.blocks;
  // Unknown dimensions stopped the walk; go on from the other end.
  const [reversedFrom, reversedTo] = [[...from].reverse(), [...to].reverse()];
  const flip = (positions: readonly number[], rank: number): number[] => positions.map((i) => rank - 1 - i).reverse();
  const seen = new Set(front.blocks.flatMap((block) => block.from));
  const back = walk(reversedFrom, reversedTo).blocks.map((block) => ({
    from: flip(block.from, from.length),
    to: flip(block.to, to.length),
  }));
  return [...front.blocks, ...back.filter((block) => !block.from.some((i) => seen.has(i)))];
}

function walk(
  from: readonly (number | undefined)[],
  to: readonly (number | undefined)[],
): { blocks: ReshapeBlock[]; rest: ReshapeBlock } {
  const blocks: ReshapeBlock[] = [];
  const left = from.flatMap((dim, i) => (dim === 1 ? [] : [i]));
  const right = to.flatMap((dim, i) => (dim === 1 ? [] : [i]));
  while (left.length > 0 && right.length > 0) {
    const block: { from: number[]; to: number[] } = { from: [], to: [] };
    const products: [number, number] = [1, 1];
    let stuck = false;
    do {
      const side = products[0] <= products[1] ? 0 : 1;
      const position = (side === 0 ? left : right)[(side === 0 ? block.from : block.to).length];
      const dim = position === undefined ? undefined : (side === 0 ? from : to)[position];
      if (position === undefined || dim === undefined) stuck = true;
      else {
        (side === 0 ? block.from : block.to).push(position);
        products[side] *= dim;
      }
    } while (!stuck && (products[0] !== products[1] || block.from.length === 0 || block.to.length === 0));
    if (stuck) break;
    left.splice(0, block.from.length);
    right.splice(0, block.to.length);
    blocks.push(block);
  }
  return { blocks, rest: { from: left, to: right } };
}

/** A part of an axis: element `e` of the axis has the number `floor(e / stride) % size` in it. */
export interface AxisPart {
  readonly position: number;
  readonly stride: number;
}

/** A factor that both sides of a reshape share. */
export interface Factor {
  readonly size: number;
  /** Where it lies before and after. */
  readonly from: AxisPart;
  readonly to: AxisPart;
}

/**
 * The common factors of a block, outermost first: the finest axes that both sides are products of. Undefined when borders
 * cross, as in [6, 4] to [4, 6].
 */
export function commonFactors(
  block: ReshapeBlock,
  from: readonly (number | undefined)[],
  to: readonly (number | undefined)[],
): Factor[] | undefined {
  const borders = (positions: readonly number[], dims: readonly (number | undefined)[]): number[] => {
    let product = 1;
    return [...positions].reverse().map((i) => (product *= dims[i] ?? 1));
  };
  const [before, after] = [borders(block.from, from), borders(block.to, to)];
  const all = [...new Set([...before, ...after])].sort((a, b) => a - b);
  const factors: Factor[] = [];
  let inner = 1;
  for (const border of all) {
    if (border % inner !== 0) return undefined;
    factors.push({
      size: border / inner,
      from: partAt(block.from, before, inner),
      to: partAt(block.to, after, inner),
    });
    inner = border;
  }
  return factors.reverse();
}

/** The axis that contains the factor which begins at `stride` of the whole block. */
function partAt(positions: readonly number[], borders: readonly number[], stride: number): AxisPart {
  const fromEnd = borders.findIndex((border) => border > stride);
  const start = fromEnd > 0 ? (borders[fromEnd - 1] ?? 1) : 1;
  return { position: positions[positions.length - 1 - fromEnd] ?? 0, stride: stride / start };
}
