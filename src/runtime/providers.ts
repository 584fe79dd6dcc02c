import * as ort from 'onnxruntime-node';
import { PressError } from '../util/pressError';

/** What can run a model, by the names that onnxruntime-node has for them. */
export type Provider = 'cpu' | 'webgpu' | 'cuda' | 'dml' | 'coreml';

const NAMES: Readonly<Record<Provider, string>> = {
  cpu: 'CPU',
  webgpu: 'WebGPU',
  cuda: 'CUDA',
  dml: 'DirectML',
  coreml: 'Core ML',
};

/** What would make a provider available. */
const NEEDS: Readonly<Record<Provider, string>> = {
  cpu: 'it is always there',
  webgpu:
    'it needs a build of onnxruntime-node with WebGPU and a graphics driver for Vulkan (Linux), Direct3D 12 (Windows) or Metal (macOS)',
  cuda: 'it needs Linux x64, an NVIDIA GPU with CUDA 12 and cuDNN 9, and the CUDA files of onnxruntime-node, which `npm rebuild onnxruntime-node` downloads unless its install script is skipped',
  dml: 'it needs Windows with a GPU for Direct3D 12',
  coreml: 'it needs macOS',
};

/** Refuses a provider that this build of ONNX Runtime does not have. Throws `bad-option` that says what it needs. */
export function requireProvider(provider: Provider): void {
  const backends = ort.listSupportedBackends().map(({ name }) => name);
  if (backends.includes(provider)) return;
  const present = backends.filter((name) => Object.hasOwn(NAMES, name)).join(', ');
  throw new PressError(
    'bad-option',
    `${NAMES[provider]} is not in this ONNX Runtime (${process.platform} ${process.arch}): ${NEEDS[provider]}. There are ${present}.`,
    { provider },
  );
}

/** Says what is missing when a provider that the build has cannot be used on this machine. */
export function providerDoesNotStart(provider: Provider, reason: string, cause: unknown): PressError {
  return new PressError(
    'bad-option',
    `${NAMES[provider]} cannot be used on this machine: ${NEEDS[provider]}. ONNX Runtime says: ${reason}`,
    { provider, reason },
    { cause },
  );
}
