import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { ModelProtoSchema } from '../../src/onnx/onnx_pb';
import type { QuantizeMode } from '../../src/protocol';
import { createRandom, type Random } from '../../src/util/random';
import type { BaseModel } from './baseModels';
import { BYTE_MUTATIONS } from './mutateBytes';
import { MODEL_MUTATIONS, MUST_REFUSE } from './mutateModel';

/** One mutated model, the same for the same seed and index. */
export interface FuzzCase {
  readonly index: number;
  /** Base model and mutations, for the report. */
  readonly name: string;
  readonly model: Uint8Array;
  readonly data?: BaseModel['data'];
  readonly mode: QuantizeMode;
  /** True when anything but an error would be wrong. */
  readonly mustRefuse: boolean;
}

const MODES: readonly QuantizeMode[] = ['static', 'dynamic', 'fp16', 'weights'];
const NAMES = [...Object.keys(MODEL_MUTATIONS), ...Object.keys(BYTE_MUTATIONS)];
/** Shares of the cases that get a second mutation of the message, and damaged bytes on top. */
const SECOND_SHARE = 0.25;
const DAMAGED_SHARE = 0.1;

/** Makes case number `index`: every mutation takes its turn, on a base model and with further mutations by chance. */
export function createFuzzCase(bases: readonly BaseModel[], seed: number, index: number): FuzzCase {
  const random = createRandom(seed + Math.imul(index + 1, 0x9e3779b1)); // far apart, so that cases share no choices
  const base = bases[random.int(bases.length)] as BaseModel; // there is one
  const primary = NAMES[index % NAMES.length] as string; // never outside
  const onMessage = primary in MODEL_MUTATIONS ? [primary] : [];
  const onBytes = primary in BYTE_MUTATIONS ? [primary] : [];
  if (random.next() < SECOND_SHARE) onMessage.push(pickName(MODEL_MUTATIONS, random));
  if (onBytes.length === 0 && random.next() < DAMAGED_SHARE) onBytes.push(pickName(BYTE_MUTATIONS, random));
  let { model } = base;
  if (onMessage.length > 0) {
    const proto = fromBinary(ModelProtoSchema, model);
    for (const name of onMessage) MODEL_MUTATIONS[name]?.(proto, random);
    model = toBinary(ModelProtoSchema, proto);
  }
  for (const name of onBytes) model = BYTE_MUTATIONS[name]?.(model, random) ?? model;
  const applied = [...onMessage, ...onBytes];
  return {
    index,
    name: `${base.name}: ${applied.join(' + ')}`,
    model,
    ...(base.data ? { data: base.data } : {}),
    mode: MODES[random.int(MODES.length)] as QuantizeMode, // never outside
    mustRefuse: applied.length === 1 && MUST_REFUSE.has(primary),
  };
}

function pickName(mutations: Readonly<Record<string, unknown>>, random: Random): string {
  const names = Object.keys(mutations);
  return names[random.int(names.length)] as string; // never outside
}
