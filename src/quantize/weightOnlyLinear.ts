import { makeNode } from '../onnx/attributes';
import type { Model } from '../onnx/model';
import { TensorProto_DataType as Type, type NodeProto } from '../onnx/onnx_pb';
import { addFloatTensor, addTensor } from '../onnx/tensor';
import { addComputedTensor, floatReader } from './computedTensor';
import type { LinearLayer } from './linearLayer';
import { addInitializers, CONTRIB_DOMAIN, importDomain } from './modelEdits';
import { blockCount, chooseBlockParameters, packBlocks, packZeroPoints, type BlockFormat } from './weightOnlyBlocks';

/** The kernels know no shorter blocks. */
export const SMALLEST_BLOCK = 16;
/**
 * Activations rounded to int8 per block. On AVX2 1.4 to 12 times as fast as level 0 (float32 activations) for few rows,
 * and never worse by more than 2 dB; a runtime without such a kernel falls back to float32 by itself.
 */
const ACCURACY_LEVEL = 4;

/** Makes MatMulNBits nodes, quantizing each weight once. */
export interface BlockQuantizer {
  /** The nodes that compute the layer from block-wise weights. */
  rewrite(layer: LinearLayer): NodeProto[];
}

/** Creates a quantizer of linear layers to MatMulNBits (com.microsoft, version 1). */
export function createBlockQuantizer(
  model: Model,
  newName: (wanted: string) => string,
  format: BlockFormat,
): BlockQuantizer {
  const quantized = new Map<string, readonly string[]>();
  return {
    rewrite(layer) {
      const { node, layout, alpha, bias } = layer;
      const fitted = fitBlock(format, layout.k);
      const key = `${layer.weight.name} ${layout.transposed} ${alpha}`;
      const weights = quantized.get(key) ?? quantizeWeight(layer, fitted);
      quantized.set(key, weights);
      const product = bias ? newName(`${node.name}_product`) : layer.output;
      const attributes = {
        K: layout.k,
        N: layout.n,
        bits: fitted.bits,
        block_size: fitted.blockSize,
        accuracy_level: ACCURACY_LEVEL,
      };
      importDomain(model, CONTRIB_DOMAIN);
      const name = newName(`${node.name}_MatMulNBits`);
      const nodes = [makeNode('MatMulNBits', name, [layer.input, ...weights], [product], attributes, CONTRIB_DOMAIN)];
      if (bias) {
        const biasName = newName(`${node.name}_bias`);
        addInitializers(model, addFloatTensor(model, biasName, [layout.n], bias));
        nodes.push(makeNode('Add', newName(`${node.name}_Add`), [product, biasName], [layer.output]));
      }
      return nodes;
    },
  };

  function quantizeWeight({ weight, layout, alpha }: LinearLayer, fitted: BlockFormat): readonly string[] {
    const read = floatReader(model, weight);
    const parameters = chooseBlockParameters(read(), layout, fitted);
    const blocks = blockCount(layout, fitted);
    const blobBytes = (fitted.blockSize * fitted.bits) / 8;
    const payload = {
      byteLength: layout.n * blocks * blobBytes,
      compute: () => packBlocks(read(), layout, fitted, parameters),
    };
    const names = [newName(`${weight.name}_blocks`), newName(`${weight.name}_scales`)] as const;
    addInitializers(
      model,
      addComputedTensor(model, names[0], Type.UINT8, [layout.n, blocks, blobBytes], payload),
      addFloatTensor(
        model,
        names[1],
        [layout.n * blocks],
        parameters.scales.map((scale) => scale * alpha),
      ),
    );
    if (fitted.symmetric) return names;
    const zeroPoints = newName(`${weight.name}_zero_points`);
    const packed = packZeroPoints(parameters.zeroPoints, layout, fitted);
    addInitializers(model, addTensor(model, zeroPoints, Type.UINT8, [packed.length], packed));
    return [...names, zeroPoints];
  }
}

/** Blocks longer than the column would only store padding. */
function fitBlock(format: BlockFormat, k: number): BlockFormat {
  let { blockSize } = format;
  while (blockSize / 2 >= k && blockSize > SMALLEST_BLOCK) blockSize /= 2;
  return { ...format, blockSize };
}
