import { create } from '@bufbuild/protobuf';
import type { Model } from '../../onnx/model';
import { StringStringEntryProtoSchema } from '../../onnx/onnx_pb';
import type { PruneSettings, SparseTensor } from '../../protocol';

/** The key of the entry in a model's `metadata_props`. */
export const MASK_METADATA_KEY = 'onnx_press.masks';

/** What a model says of its masks. The zeros of the tensors that it names are the masks. */
export interface MaskMetadata {
  readonly version: 1;
  readonly method: PruneSettings['method'];
  /** `2:4` or `4x1`. */
  readonly pattern?: string;
  /** Share of zeros by tensor, 0..1. */
  readonly tensors: Readonly<Record<string, number>>;
}

/** Notes in a model which of its weights are masked, in place; an earlier note is replaced. */
export function writeMaskMetadata(model: Model, settings: PruneSettings, tensors: readonly SparseTensor[]): void {
  const pattern = settings.method === 'nm' ? (settings.nm ?? [2, 4]).join(':') : (settings.block ?? [4, 1]).join('x');
  const metadata: MaskMetadata = {
    version: 1,
    method: settings.method,
    ...(settings.method === 'magnitude' ? {} : { pattern }),
    tensors: Object.fromEntries(
      tensors.map(({ tensor, zeros, elements }) => [tensor, Math.round((zeros / elements) * 1e6) / 1e6]),
    ),
  };
  model.proto.metadataProps = [
    ...model.proto.metadataProps.filter(({ key }) => key !== MASK_METADATA_KEY),
    create(StringStringEntryProtoSchema, { key: MASK_METADATA_KEY, value: JSON.stringify(metadata) }),
  ];
}

/** The names of the tensors whose zeros a later training must keep; empty for a model without masks. */
export function maskedTensors(model: Model): ReadonlySet<string> {
  const entry = model.proto.metadataProps.find(({ key }) => key === MASK_METADATA_KEY);
  if (!entry) return new Set();
  try {
    const { tensors } = JSON.parse(entry.value) as Partial<MaskMetadata>; // checked below; others may write this key
    return new Set(typeof tensors === 'object' ? Object.keys(tensors) : []);
  } catch {
    return new Set();
  }
}
