import type { RecipeTargets } from '../../protocol';

/** One step of a ready recipe: its settings with its kind, and why it is there. */
export interface ReadyStep {
  readonly reason: string;
  readonly settings: Readonly<Record<string, unknown>> & { readonly kind: string };
}

/** A kind of machine, with the steps whose formats it executes fast. */
export interface ReadyTarget {
  readonly name: string;
  /** One sentence: the machine, and the format it wants. */
  readonly summary: string;
  /** The step behind pruning and recovery, which are the same everywhere. */
  readonly quantize: ReadyStep;
  readonly targets: RecipeTargets;
  readonly targetsReason: string;
}

const INT8_TARGETS: RecipeTargets = { accuracy: { lossPointsAtMost: 1 }, size: { ratioAtMost: 0.35 } };
const FP16_TARGETS: RecipeTargets = { accuracy: { lossPointsAtMost: 0.5 }, size: { ratioAtMost: 0.55 } };

const ELSEWHERE =
  'Latency on this machine says nothing about that one, so no latency is asked for; measure it there before you trust it.';

/** fp16 with computing in it: what GPUs and their like want. */
function half(reason: string): ReadyStep {
  return { reason, settings: { kind: 'quantize', mode: 'fp16', fp16Compute: true } };
}

/** The ready recipes, from the most to the least common machine. */
export const READY_TARGETS: readonly ReadyTarget[] = [
  {
    name: 'server-x86',
    summary:
      'Server with x86 processors (AVX2, AVX-512 or VNNI), ONNX Runtime on the CPU: int8 weights and activations.',
    quantize: {
      reason:
        'ONNX Runtime is fastest here with unsigned activations and signed, symmetric weights with a scale a channel: it fuses the QDQ pairs into integer kernels. Before VNNI, sums of pairs saturate; set "reduceRange": true for such processors.',
      settings: { kind: 'quantize', mode: 'static', activationType: 'uint8' },
    },
    targets: { ...INT8_TARGETS, latency: { ratioAtMost: 1 } },
    targetsReason: 'Run it on such a machine: the latency is measured where the recipe runs.',
  },
  {
    name: 'laptop-arm',
    summary:
      'Laptop with an ARM processor (Apple silicon, Snapdragon), ONNX Runtime on the CPU: int8 weights and activations.',
    quantize: {
      reason:
        'The dot-product instructions of ARM multiply signed by signed, and ONNX Runtime allows signed activations there, so no conversion is needed; sums do not saturate.',
      settings: { kind: 'quantize', mode: 'static', activationType: 'int8' },
    },
    targets: INT8_TARGETS,
    targetsReason: ELSEWHERE,
  },
  {
    name: 'mobile-cpu',
    summary: 'Phone or board with an ARM processor, ONNX Runtime or XNNPACK on the CPU: int8, and as small as it gets.',
    quantize: {
      reason:
        'Signed int8 with a scale a channel of each weight runs in integer kernels on phones; a quarter of the bytes also means a quarter of the download and of the memory traffic.',
      settings: { kind: 'quantize', mode: 'static', activationType: 'int8' },
    },
    targets: { ...INT8_TARGETS, size: { ratioAtMost: 0.3 } },
    targetsReason: ELSEWHERE,
  },
  {
    name: 'browser-webgpu',
    summary: 'Browser with WebGPU, ONNX Runtime Web: fp16.',
    quantize: half(
      'WebGPU has no kernels for int8 convolutions, so QDQ models fall back to the CPU; fp16 (shader-f16) halves download and memory and computes on the GPU. For language models, 4-bit weights ("mode": "weights", "weightBits": 4) are faster still.',
    ),
    targets: FP16_TARGETS,
    targetsReason: ELSEWHERE,
  },
  {
    name: 'tensorrt',
    summary: 'NVIDIA GPU with TensorRT: fp16.',
    quantize: half(
      'TensorRT takes int8 only with zero points of 0 for activations too, which this tool does not choose; fp16 runs on tensor cores and needs no calibration.',
    ),
    targets: FP16_TARGETS,
    targetsReason: ELSEWHERE,
  },
  {
    name: 'qualcomm-npu',
    summary:
      'Qualcomm NPU (Hexagon) through the QNN execution provider: 8-bit weights and 16-bit activations in QDQ form.',
    quantize: {
      reason:
        'The NPU computes whole QDQ models with fixed shapes and leaves floating point to the CPU. 16-bit activations cost it little and keep accuracy; use "uint8" where the last bit of speed counts.',
      settings: { kind: 'quantize', mode: 'static', activationType: 'uint16' },
    },
    targets: INT8_TARGETS,
    targetsReason: ELSEWHERE,
  },
  {
    name: 'core-ml',
    summary: 'Apple devices through the Core ML execution provider (ML Program): fp16.',
    quantize: half(
      'The Neural Engine computes in fp16, and the provider leaves QuantizeLinear to the CPU, which would cut an int8 model into pieces.',
    ),
    targets: FP16_TARGETS,
    targetsReason: ELSEWHERE,
  },
];
