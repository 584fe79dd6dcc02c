import type { Model } from '../../onnx/model';
import type { TensorProto, ValueInfoProto } from '../../onnx/onnx_pb';
import type { Dimension, GraphTensor, TensorRef } from '../../protocol';
import { elementName } from '../modelFacts';
import { declaredDims, typeText } from './graphText';
import { describeWeight, type ReadBudget } from './graphWeight';
import type { StoredWeight } from './storedWeight';

/** What is known of a tensor while its graph is read. */
interface Entry {
  readonly name: string;
  type: string | undefined;
  dims: readonly Dimension[] | undefined;
  weight: StoredWeight | undefined;
  outer: TensorRef | undefined;
  /** True when this graph makes it: an input, an initializer or an output of a node. */
  isOwn: boolean;
}

/** The tensors of one graph by name, numbered in the order in which they are first named. */
export class GraphTensors {
  private readonly entries: Entry[] = [];
  private readonly numbers = new Map<string, number>();

  /** The number of a tensor, made on first mention; -1 for an input that is left out. */
  numberOf(name: string): number {
    if (name === '') return -1;
    const known = this.numbers.get(name);
    if (known !== undefined) return known;
    this.numbers.set(name, this.entries.length);
    this.entries.push({ name, type: undefined, dims: undefined, weight: undefined, outer: undefined, isOwn: false });
    return this.entries.length - 1;
  }

  /** Like {@link numberOf} for a tensor that this graph makes. */
  own(name: string): number {
    const number = this.numberOf(name);
    const entry = this.entries[number];
    if (entry) entry.isOwn = true;
    return number;
  }

  /** The number of a tensor that this graph makes. */
  findOwn(name: string): number | undefined {
    const number = this.numbers.get(name);
    return number !== undefined && this.entries[number]?.isOwn ? number : undefined;
  }

  /** Takes type and shape from a declaration; what a weight says of itself is kept. */
  declare(value: ValueInfoProto): void {
    const number = this.numbers.get(value.name);
    const entry = number === undefined ? undefined : this.entries[number];
    if (!entry || entry.weight) return;
    const type = typeText(value.type);
    const dims = declaredDims(value);
    if (type !== undefined) entry.type ??= type;
    if (dims) entry.dims ??= dims;
  }

  /** Says that a tensor is a weight. */
  store(name: string, weight: StoredWeight): void {
    const entry = this.entries[this.own(name)];
    if (!entry || entry.weight) return;
    entry.weight = weight;
    entry.dims = weight.dims;
    const { dataType } = weight.values satisfies TensorProto;
    if (dataType !== 0) entry.type = elementName(dataType);
  }

  /** The names that this graph takes from around it, with their numbers. */
  *foreign(): Generator<readonly [name: string, number: number]> {
    for (const [number, entry] of this.entries.entries()) if (!entry.isOwn) yield [entry.name, number];
  }

  /** Says which tensor of an outer graph a name stands for. */
  capture(number: number, from: GraphTensors, ref: TensorRef): void {
    const entry = this.entries[number];
    const source = from.entries[ref.tensor];
    if (!entry || !source) return;
    entry.outer = ref;
    if (source.type !== undefined) entry.type ??= source.type;
    if (source.dims) entry.dims ??= source.dims;
  }

  get count(): number {
    return this.entries.length;
  }

  /** The weights by tensor number. */
  weights(): Map<number, StoredWeight> {
    const weights = new Map<number, StoredWeight>();
    this.entries.forEach(({ weight }, number) => {
      if (weight) weights.set(number, weight);
    });
    return weights;
  }

  /** The tensors as the document has them. */
  describe(model: Model, budget: ReadBudget): GraphTensor[] {
    return this.entries.map(({ name, type, dims, weight, outer }) => {
      // Filled in one by one: there are tens of thousands of them, and spreading objects takes several times longer.
      const tensor: Writable<GraphTensor> = { name };
      if (type !== undefined) tensor.type = type;
      if (dims) tensor.dims = dims;
      if (weight) tensor.weight = describeWeight(model, weight, budget);
      if (outer) tensor.outer = outer;
      return tensor;
    });
  }
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };
