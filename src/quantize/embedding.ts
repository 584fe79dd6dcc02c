import { intAttribute, makeNode } from '../onnx/attributes';
import { isStandard, type GraphIndex } from '../onnx/graphIndex';
import type { Model } from '../onnx/model';
import { TensorProto_DataType as Type, type NodeProto, type TensorProto } from '../onnx/onnx_pb';
import { addFloatTensor, bytesOf, dimsOf, elementCount } from '../onnx/tensor';
import { addComputedTensor, floatReader } from './computedTensor';
import { isLinear } from './linearLayer';
import { addInitializers, fixedInitializer } from './modelEdits';
import type { NodeRewrite } from './rewriteNodes';
import { quantizeWeightInt8 } from './weightQuantization';

/** Smaller tables save less than the three added nodes cost. */
const SMALLEST_TABLE_ELEMENTS = 4096;

/** Quantizes embedding tables, once for all lookups in a table. */
export interface EmbeddingQuantizer {
  /** True for a lookup of rows in a constant float32 matrix of some size. */
  isLookup(node: NodeProto): boolean;
  /** The lookup in int8 rows with a scale each, or why it stays. */
  rewrite(node: NodeProto): NodeRewrite | string;
}

/**
 * Creates a quantizer of `Gather` from constant tables: gathers int8 rows and their scales and multiplies, so that the
 * table stays int8 in memory too.
 */
export function createEmbeddingQuantizer(
  model: Model,
  index: GraphIndex,
  newName: (wanted: string) => string,
): EmbeddingQuantizer {
  const tables = new Map<string, { data: string; scale: string }>();
  return {
    isLookup: (node) => isStandard(node) && node.opType === 'Gather' && tableOf(index, node) !== undefined,
    rewrite(node) {
      const table = tableOf(index, node) as TensorProto; // isLookup was asked first
      const other = index.consumers.get(table.name)?.find((user) => !isLinear(user) && user.opType !== 'Gather');
      if (other) return `Its table is also read by "${other.name}" (${other.opType}), which needs it as float.`;
      const { data, scale } = tables.get(table.name) ?? quantizeTable(table);
      const [, indices = ''] = node.input;
      const rows = newName(`${node.name}_int8`);
      const floats = newName(`${node.name}_float`);
      const scales = newName(`${node.name}_scales`);
      return {
        nodes: [
          makeNode('Gather', newName(`${node.name}_Gather`), [data, indices], [rows]),
          makeNode('Gather', newName(`${node.name}_GatherScale`), [scale, indices], [scales]),
          makeNode('Cast', newName(`${node.name}_Cast`), [rows], [floats], { to: Type.FLOAT }),
          makeNode('Mul', newName(`${node.name}_Mul`), [floats, scales], node.output),
        ],
        scheme: 'int8 table, a scale per row',
      };
    },
  };

  function quantizeTable(table: TensorProto): { data: string; scale: string } {
    const dims = dimsOf(table);
    const read = floatReader(model, table);
    const quantize = () => quantizeWeightInt8(read(), dims, { axis: 0 });
    const made = { data: newName(`${table.name}_rows`), scale: newName(`${table.name}_row_scales`) };
    const payload = { byteLength: elementCount(table), compute: () => bytesOf(quantize().data) };
    addInitializers(
      model,
      addComputedTensor(model, made.data, Type.INT8, dims, payload),
      addFloatTensor(model, made.scale, [dims[0] ?? 0, 1], quantize().scales),
    );
    tables.set(table.name, made);
    return made;
  }
}

function tableOf(index: GraphIndex, node: NodeProto): TensorProto | undefined {
  const table = fixedInitializer(index, node.input[0]);
  if (table?.dataType !== Type.FLOAT || table.dims.length !== 2) return undefined;
  if (elementCount(table) < SMALLEST_TABLE_ELEMENTS || intAttribute(node, 'axis', 0) !== 0) return undefined;
  return index.constants.has(node.input[1] ?? '') ? undefined : table;
}
