import { setInput } from '../../onnx/rewrites/editGraph';
import type { createNamer } from '../../onnx/graphIndex';
import { mainGraph, type Model } from '../../onnx/model';
import { TensorProto_DataType as Type, type NodeProto, type TensorProto } from '../../onnx/onnx_pb';
import { addTensor, bytesOf, dimsOf, readInts } from '../../onnx/tensor';
import type { ShapeValue } from '../coupling/shapeValues';

/** Collects new values for numbers that are written in constants, and writes them at once. */
export class ShapeEdits {
  private readonly changes = new Map<NodeProto, Map<number, { constant: TensorProto; values: number[] }>>();

  constructor(
    private readonly model: Model,
    private readonly newName: ReturnType<typeof createNamer>,
  ) {}

  /** The number as it is read now. */
  read(value: ShapeValue): number {
    return this.valuesOf(value)[value.element] ?? 0;
  }

  /** Changes one number for the node that reads it. */
  write(value: ShapeValue, number: number): void {
    this.valuesOf(value)[value.element] = number;
  }

  /** Gives an input of a node a list of its own; the type is that of `like`, else int64. */
  replace(
    node: NodeProto,
    input: number,
    values: readonly number[],
    like: TensorProto | undefined,
    isScalar = false,
  ): void {
    const name = this.newName(`${node.name}_${INPUT_NAMES[node.opType] ?? 'shape'}`);
    const isShort = like?.dataType === Type.INT32;
    const bytes = isShort ? bytesOf(Int32Array.from(values)) : bytesOf(BigInt64Array.from(values.map(BigInt)));
    const tensor = addTensor(
      this.model,
      name,
      isShort ? Type.INT32 : Type.INT64,
      isScalar ? [] : [values.length],
      bytes,
    );
    mainGraph(this.model).initializer.push(tensor);
    setInput(node, input, name);
  }

  /** Writes what was collected: each reader gets a constant of its own, since others may read the old one. */
  apply(): void {
    for (const [node, inputs] of this.changes) {
      for (const [input, { constant, values }] of inputs) {
        if (values.some((value, i) => value !== this.original(constant)[i])) {
          this.replace(node, input, values, constant, dimsOf(constant).length === 0);
        }
      }
    }
  }

  private valuesOf({ reader, input, constant }: ShapeValue): number[] {
    let inputs = this.changes.get(reader);
    if (!inputs) this.changes.set(reader, (inputs = new Map()));
    let entry = inputs.get(input);
    if (!entry) inputs.set(input, (entry = { constant, values: this.original(constant) }));
    return entry.values;
  }

  private original(constant: TensorProto): number[] {
    return readInts(this.model, constant);
  }
}

const INPUT_NAMES: Readonly<Record<string, string>> = { Split: 'sizes', Slice: 'ends', Pad: 'pads', Gather: 'indices' };
