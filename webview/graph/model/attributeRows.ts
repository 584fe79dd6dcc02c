import type { GraphNode } from '../../../src/protocol';
import type { DisplayRow } from './display';

/** How an attribute is shown on a block: its label, and the value that is not worth saying. */
interface Rule {
  readonly label?: string;
  /** Texts of values that are left out. */
  readonly silent?: readonly string[];
  /** True for lists that are left out when all entries are this one. */
  readonly silentEntry?: string;
  readonly separator?: string;
}

/** Attributes that tell blocks apart, in the order in which they are listed. Others are left to the inspector. */
const RULES: Readonly<Record<string, Rule>> = {
  equation: {},
  kernel_shape: { label: 'kernel', separator: '×' },
  strides: { silentEntry: '1', separator: '×' },
  dilations: { silentEntry: '1', separator: '×' },
  pads: { silentEntry: '0' },
  output_padding: { label: 'output pads', silentEntry: '0' },
  auto_pad: { label: 'auto pad', silent: ['NOTSET'] },
  group: { silent: ['1'] },
  ceil_mode: { label: 'ceil', silent: ['0'] },
  perm: {},
  to: {},
  axis: {},
  axes: {},
  split: {},
  starts: {},
  ends: {},
  keepdims: { silent: ['1'] },
  alpha: {},
  beta: {},
  gamma: {},
  transA: { silent: ['0'] },
  transB: { silent: ['0'] },
  min: {},
  max: {},
  mode: { silent: ['constant'] },
  coordinate_transformation_mode: { label: 'coordinates', silent: ['half_pixel'] },
  blocksize: { label: 'block' },
  hidden_size: { label: 'hidden' },
  direction: { silent: ['forward'] },
  num_heads: { label: 'heads' },
  q_num_heads: { label: 'query heads' },
  kv_num_heads: { label: 'key/value heads' },
  is_causal: { label: 'causal', silent: ['0'] },
  unidirectional: { silent: ['0'] },
  num_groups: { label: 'groups' },
  p: {},
  size: {},
  bits: {},
  block_size: { label: 'block size', silent: ['0'] },
  approximate: { silent: ['none'] },
  largest: { silent: ['1'] },
  reverse: { silent: ['0'] },
  exclusive: { silent: ['0'] },
  batch_dims: { label: 'batch dims', silent: ['0'] },
  num_outputs: { label: 'outputs' },
  k: {},
};

/** Defaults of attributes whose meaning differs between operators. */
const DEFAULTS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  Gemm: { alpha: '1', beta: '1' },
  FusedGemm: { alpha: '1', beta: '1' },
  QGemm: { alpha: '1' },
  FusedMatMul: { alpha: '1' },
  Elu: { alpha: '1' },
  Celu: { alpha: '1' },
  LeakyRelu: { alpha: '0.01' },
  HardSigmoid: { alpha: '0.2', beta: '0.5' },
  ThresholdedRelu: { alpha: '1' },
  LayerNormalization: { axis: '-1' },
  SkipLayerNormalization: { axis: '-1' },
  Softmax: { axis: '-1' },
  LogSoftmax: { axis: '-1' },
  Gather: { axis: '0' },
  Flatten: { axis: '1' },
  QuantizeLinear: { axis: '1' },
  DequantizeLinear: { axis: '1' },
  Resize: { mode: 'nearest' },
  Upsample: { mode: 'nearest' },
  LpPool: { p: '2' },
};

const ORDER = new Map(Object.keys(RULES).map((name, place) => [name, place]));
/** Element types by their number in ONNX: what `to` of Cast says. */
const ELEMENT_TYPES =
  'undefined float32 uint8 int8 uint16 int16 int32 int64 string bool float16 float64 uint32 uint64 complex64 complex128 bfloat16 float8e4m3fn float8e4m3fnuz float8e5m2 float8e5m2fnuz uint4 int4 float4e2m1'.split(
    ' ',
  );
/** Blocks of unknown operators show their first attributes, as nobody can say which matter. */
const MOST_UNKNOWN = 4;
const LONGEST_VALUE = 28;

/** The attributes that tell a block from others of its operator: non-default ones that matter. */
export function attributeRows(node: GraphNode, isKnownOperator: boolean): readonly DisplayRow[] {
  if (!isKnownOperator) {
    return node.attributes
      .filter(({ type }) => type !== 'graph' && type !== 'tensor')
      .slice(0, MOST_UNKNOWN)
      .map(({ name, text }) => ({ kind: 'attribute', label: name, value: cut(text) }));
  }
  const rows: { readonly place: number; readonly row: DisplayRow }[] = [];
  for (const { name, text } of node.attributes) {
    const rule = RULES[name];
    if (rule === undefined || isSilent(rule, text) || DEFAULTS[node.operator]?.[name] === text) continue;
    rows.push({
      place: ORDER.get(name) ?? 0,
      row: { kind: 'attribute', label: rule.label ?? name, value: cut(valueText(name, text, rule)) },
    });
  }
  return rows.sort((first, second) => first.place - second.place).map(({ row }) => row);
}

/** Name of an element type by its number. */
function elementTypeName(number: string): string {
  return ELEMENT_TYPES[Number(number)] ?? number;
}

function isSilent(rule: Rule, text: string): boolean {
  if (text === '' || rule.silent?.includes(text) === true) return true;
  return rule.silentEntry !== undefined && text.split(', ').every((entry) => entry === rule.silentEntry);
}

function valueText(name: string, text: string, rule: Rule): string {
  if (name === 'to') return elementTypeName(text);
  return rule.separator === undefined ? text : text.split(', ').join(rule.separator);
}

function cut(text: string): string {
  return text.length <= LONGEST_VALUE ? text : `${text.slice(0, LONGEST_VALUE - 1)}…`;
}
