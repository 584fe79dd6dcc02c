import type { GraphNode, QuantizationGrid } from '../../../src/protocol';
import type { TensorFacts } from './tensorFacts';

/** Where the parameters of a quantized value are; numbers of tensors, -1 for none. */
export interface GridSource {
  readonly scale: number;
  readonly zeroPoint: number;
  /** Type of the stored integers where neither the zero point nor the value says it. */
  readonly value: number;
  readonly fallbackType?: string;
  readonly axis?: number;
  readonly blockSize?: number;
  /** True when integers below 8 bits lie packed in bytes, so that the type of the tensors says nothing. */
  readonly packed?: boolean;
}

/** What is known of the parameters of a grid where there are too many to list. */
export interface GridSummary {
  /** How many scales there are; 0 when they are computed at run time. */
  readonly scaleCount: number;
  readonly scaleRange?: readonly [number, number];
  readonly zeroPointRange: readonly [number, number];
}

/** A grid with what is known of it. */
export interface DescribedGrid {
  readonly grid: QuantizationGrid;
  readonly summary: GridSummary;
  /** False for operators that take integers and leave the scale to what comes later. */
  readonly hasScale: boolean;
  /** How many zero points the file stores. */
  readonly zeroPointCount: number;
}

const SHORT_TYPES: Readonly<Record<string, string>> = {
  uint2: 'u2',
  uint4: 'u4',
  uint8: 'u8',
  uint16: 'u16',
  uint32: 'u32',
  int2: 's2',
  int4: 's4',
  int8: 's8',
  int16: 's16',
  int32: 's32',
  float8e4m3fn: 'f8 e4m3',
  float8e4m3fnuz: 'f8 e4m3',
  float8e5m2: 'f8 e5m2',
  float8e5m2fnuz: 'f8 e5m2',
  float4e2m1: 'f4 e2m1',
};

/** Largest finite values of the small floating-point types (OCP 8-bit and microscaling formats, 2023). */
const FLOAT_LIMITS: Readonly<Record<string, number>> = {
  float8e4m3fn: 448,
  float8e4m3fnuz: 240,
  float8e5m2: 57344,
  float8e5m2fnuz: 57344,
  float4e2m1: 6,
};

/** `u8` for `uint8`, as short as it fits beside an edge. */
export function shortType(type: string): string {
  return SHORT_TYPES[type] ?? type;
}

/** Smallest and largest value of a quantized type. */
export function integerRangeOf(type: string): readonly [number, number] {
  const limit = FLOAT_LIMITS[type];
  if (limit !== undefined) return [-limit, limit];
  const bits = Number(/\d+$/.exec(type)?.[0] ?? 8);
  return type.startsWith('u') ? [0, 2 ** bits - 1] : [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1];
}

/**
 * The grid of a quantized value. `scales` and `zeroPoints` of the grid are empty where the document does not carry
 * them (more than 64, or computed at run time).
 */
export function describeGrid(facts: TensorFacts, source: GridSource): DescribedGrid {
  const told =
    source.packed === true ? undefined : (knownType(facts, source.zeroPoint) ?? knownType(facts, source.value));
  const dataType = told ?? source.fallbackType ?? 'uint8';
  const scale = facts.weight(source.scale);
  const zeroPoint = facts.weight(source.zeroPoint);
  const scales = scale?.values ?? [];
  const zeroPoints = zeroPoint?.values ?? (source.zeroPoint < 0 ? scales.map(() => 0) : []);
  const scaleRange = extent(scales) ?? scale?.range;
  const scaleCount = scale?.elements ?? 0;
  return {
    grid: {
      dataType,
      scales,
      zeroPoints,
      integerRange: integerRangeOf(dataType),
      ...(scaleCount > 1 && source.axis !== undefined ? { axis: source.axis } : {}),
      ...(source.blockSize !== undefined && source.blockSize > 0 ? { blockSize: source.blockSize } : {}),
    },
    hasScale: source.scale >= 0,
    zeroPointCount: zeroPoint?.elements ?? 0,
    summary: {
      scaleCount,
      ...(scaleRange === undefined ? {} : { scaleRange }),
      zeroPointRange: extent(zeroPoints) ?? zeroPoint?.range ?? [0, 0],
    },
  };
}

/** An integer attribute of a node; `fallback` where it is absent. */
export function intAttribute(node: GraphNode | undefined, name: string, fallback: number): number {
  const text = node?.attributes.find((attribute) => attribute.name === name)?.text;
  const value = Number(text);
  return text !== undefined && Number.isInteger(value) ? value : fallback;
}

function extent(values: readonly number[]): readonly [number, number] | undefined {
  if (values.length === 0) return undefined;
  return [Math.min(...values), Math.max(...values)];
}

function knownType(facts: TensorFacts, tensor: number): string | undefined {
  const type = tensor < 0 ? undefined : facts.type(tensor);
  return type === undefined || type === 'float32' || type === 'float16' || type === 'bfloat16' ? undefined : type;
}
