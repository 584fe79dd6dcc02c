import * as ort from 'onnxruntime-node';
import type { TensorElementType, TensorInfo, TensorMap, TensorValue } from '../onnx/tensorValue';
import type { Model } from '../onnx/model';
import { weightBytes } from '../onnx/writeModel';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { errorMessage, PressError } from '../util/pressError';
import { modelBytes, saveModel } from './modelFile';
import { providerDoesNotStart, requireProvider, type Provider } from './providers';

/** How a session runs. */
export interface SessionSettings {
  /** Threads inside an operator; 0 lets ONNX Runtime decide. Default 0. */
  readonly threads?: number;
  /** `disabled` runs the graph exactly as written; `basic` folds constants. Default `all`. */
  readonly optimization?: 'disabled' | 'basic' | 'extended' | 'all';
  /** Where ONNX Runtime writes the graph that it really runs. */
  readonly optimizedModelPath?: string;
  /** Where ONNX Runtime writes how long every node of every run took: a path that it adds date and ending to. */
  readonly profilePrefix?: string;
  /** What runs it; nodes that it cannot run are run by the processor. Default `cpu`. */
  readonly provider?: Provider;
  /** Session configuration entries such as `session.disable_quant_qdq`. */
  readonly config?: Readonly<Record<string, string>>;
}

/** A loaded model. Release it when done; `run` blocks the thread while it computes. */
export interface Session {
  readonly inputs: readonly TensorInfo[];
  readonly outputs: readonly TensorInfo[];
  /** Runs once; `fetches` limits which outputs are returned. */
  run(feeds: TensorMap, fetches?: readonly string[]): Promise<TensorMap>;
  release(): Promise<void>;
}

/** Models beyond this are handed to ONNX Runtime as a file, since one buffer cannot hold them. */
const MAX_BUFFER_BYTES = 1 << 30;

/** The version of the ONNX Runtime in use. */
export const runtimeVersion: string = ort.env.versions.node ?? ort.env.versions.common;

/** Loads a model from a file path, from bytes, or from a {@link Model}. Throws `model-does-not-run`. */
export async function createSession(
  source: string | Uint8Array | Model,
  settings: SessionSettings = {},
): Promise<Session> {
  const { provider = 'cpu' } = settings;
  if (provider !== 'cpu') requireProvider(provider);
  const options: ort.InferenceSession.SessionOptions = {
    executionProviders: provider === 'cpu' ? ['cpu'] : [provider, 'cpu'],
    graphOptimizationLevel: settings.optimization ?? 'all',
    // Errors arrive as exceptions; the runtime's own log on stderr would only repeat them.
    logSeverityLevel: 4,
    // Deterministic memory: the arena's pre-allocation would make peak memory depend on history.
    enableMemPattern: false,
    ...(settings.threads ? { intraOpNumThreads: settings.threads, interOpNumThreads: 1 } : {}),
    ...(settings.optimizedModelPath ? { optimizedModelFilePath: settings.optimizedModelPath } : {}),
    ...(settings.profilePrefix ? { enableProfiling: true, profileFilePrefix: settings.profilePrefix } : {}),
    ...(settings.config ? { extra: { session: nested(settings.config) } } : {}),
  };
  const session = await load(source, options).catch((error: unknown) => {
    throw provider === 'cpu' ? error : startFailure(provider, error);
  });
  const describe = (names: readonly string[], metadata: readonly ort.InferenceSession.ValueMetadata[]): TensorInfo[] =>
    names.map((name, i) => valueInfo(name, metadata[i]));
  return {
    inputs: describe(session.inputNames, session.inputMetadata),
    outputs: describe(session.outputNames, session.outputMetadata),
    async run(feeds, fetches) {
      const values = Object.fromEntries(Object.entries(feeds).map(([name, value]) => [name, toOrt(value)]));
      let results: ort.InferenceSession.ReturnType;
      try {
        results = fetches ? await session.run(values, fetches) : await session.run(values);
      } catch (error) {
        throw doesNotRun(error);
      }
      return Object.fromEntries(Object.entries(results).map(([name, tensor]) => [name, fromOrt(tensor as ort.Tensor)]));
    },
    async release() {
      // Writes the profile out.
      if (settings.profilePrefix) session.endProfiling();
      await session.release();
    },
  };
}

async function load(
  source: string | Uint8Array | Model,
  options: ort.InferenceSession.SessionOptions,
): Promise<ort.InferenceSession> {
  try {
    if (typeof source === 'string') return await ort.InferenceSession.create(source, options);
    if (source instanceof Uint8Array) return await ort.InferenceSession.create(source, options);
    if (weightBytes(source).total <= MAX_BUFFER_BYTES)
      return await ort.InferenceSession.create(modelBytes(source), options);
    const folder = mkdtempSync(join(tmpdir(), 'onnx-press-'));
    try {
      const saved = saveModel(source, join(folder, 'model.onnx'));
      return await ort.InferenceSession.create(saved.path, options);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  } catch (error) {
    throw doesNotRun(error);
  }
}

/** A provider that cannot start says so; what is wrong with the model is told as ever. */
function startFailure(provider: Provider, error: unknown): unknown {
  const reason = error instanceof PressError ? String(error.details['reason'] ?? '') : '';
  const isAboutProvider = /provider|cuda|cudnn|webgpu|adapter|device|shared library|\.so\b|\.dll\b/i.test(reason);
  return isAboutProvider ? providerDoesNotStart(provider, reason, error) : error;
}

function doesNotRun(error: unknown): PressError {
  if (error instanceof PressError) return error;
  const reason = errorMessage(error).replace(/\s+/g, ' ').trim();
  return new PressError(
    'model-does-not-run',
    `ONNX Runtime refuses this model: ${reason}`,
    { reason },
    { cause: error },
  );
}

function valueInfo(name: string, metadata: ort.InferenceSession.ValueMetadata | undefined): TensorInfo {
  if (!metadata?.isTensor) return { name, type: 'unknown', dims: [] };
  const dims = metadata.shape.map((dim) =>
    typeof dim === 'string' ? (dim === '' ? null : dim) : dim < 0 ? null : dim,
  );
  return { name, type: metadata.type as TensorElementType, dims };
}

function toOrt(value: TensorValue): ort.Tensor {
  const data = value.type === 'string' ? [...(value.data as readonly string[])] : value.data;
  return new ort.Tensor(value.type, data as never, value.dims); // the two lists of element types are the same
}

function fromOrt(tensor: ort.Tensor): TensorValue {
  return { type: tensor.type as TensorElementType, dims: tensor.dims, data: tensor.data as TensorValue['data'] };
}

function nested(config: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(config).map(([key, value]) => [key.replace(/^session\./, ''), value]));
}
