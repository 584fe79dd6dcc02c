import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { indexGraph, initializerNames, type GraphIndex } from '../onnx/graphIndex';
import { mainGraph, type Model } from '../onnx/model';
import type { NodeProto } from '../onnx/onnx_pb';
import { isQuantizedOperator, quantizedNodes } from '../onnx/quantizedOperators';
import type { TensorInfo } from '../onnx/tensorValue';
import { validateModel } from '../onnx/validateModel';
import type { FusionNode, FusionParams, FusionResult, FusionVerdict, GraphBody } from '../protocol';
import { openModel } from '../runtime/modelFile';
import { createSession, runtimeVersion } from '../runtime/session';
import { inferTensorTypes } from '../runtime/tensorTypes';
import { throwIfCancelled } from '../util/pressError';
import { adviseOnFusion } from './advise';
import { optimizationFor } from './evaluationData';
import { whyFloat } from './fusionCheckReasons';
import { fusedNodes } from './graph/fusedNodes';
import { namedModel } from './graph/namedModel';
import { withGraph } from './graph/openGraph';
import { checkPortability } from './portability';
import type { RunContext } from './runContext';

const CONVERSIONS = new Set(['QuantizeLinear', 'DequantizeLinear', 'DynamicQuantizeLinear']);
const SMALL_INTEGERS = new Set(['int8', 'uint8', 'int16', 'uint16']);
const FLOATS = new Set(['float32', 'float16', 'float64', 'unknown']);

/**
 * Says how ONNX Runtime runs each node of a model: in an integer kernel, in float, as part of another node, or not at
 * all, and why what is float in a quantized model is so. It reads the graph that ONNX Runtime makes of the file, on the
 * processor at hand. With data it also checks that integer sums saturate on no x86 processor.
 * Throws `model-does-not-run` and what reading a model throws.
 */
export async function fusionCheck(params: FusionParams, context: RunContext): Promise<FusionResult> {
  const { model: path } = params;
  context.onProgress({ stage: 'read', done: 0, total: 0 });
  const folder = mkdtempSync(join(tmpdir(), 'onnx-press-fusion-'));
  try {
    return await withGraph(path, async ({ file, graph }) => {
      validateModel(file.model);
      const source = namedModel(file.model, graph.document);
      const optimisedPath = join(folder, 'optimised.onnx');
      const session = await createSession(source, {
        optimization: optimizationFor(source),
        optimizedModelPath: optimisedPath,
      });
      await session.release();
      throwIfCancelled(context.signal);
      const main = graph.document.graphs[0] as GraphBody; // every model that was read has one
      const quantized = quantizedNodes(source).length > 0;
      const { nodes, conversions } = await judge(source, main, optimisedPath, quantized);
      const hasData = params.data !== undefined || params.synthetic === true;
      const portability = quantized && hasData ? await checkPortability(params, source, context) : undefined;
      const checked = {
        model: path,
        quantized,
        runtime: runtimeVersion,
        nodes,
        counts: countVerdicts(nodes),
        conversions,
        subgraphNodes: graph.document.graphs.slice(1).reduce((sum, body) => sum + body.nodes.length, 0),
        ...(portability ? { portability } : {}),
      };
      return { ...checked, advice: adviseOnFusion(checked) };
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function judge(
  source: Model,
  main: GraphBody,
  optimisedPath: string,
  quantized: boolean,
): Promise<{ nodes: FusionNode[]; conversions: number }> {
  const file = openModel(optimisedPath);
  try {
    const graph = mainGraph(file.model);
    const running = indexGraph(file.model);
    const types = await inferTensorTypes(file.model);
    const fusions = fusedNodes(main, { node: graph.node, initializers: new Set(initializerNames(graph)) });
    const original = indexGraph(source);
    const kernels = kernelsOf(original.graph.node, graph.node, fusions);
    const nodes = original.graph.node.map((node): FusionNode => {
      const { own, host } = kernels.get(node.name) ?? {};
      const base = { node: node.name, opType: node.opType };
      if (!own && !host) return { ...base, verdict: 'removed' };
      if (!own) return { ...base, verdict: 'fused', kernel: host?.kernel.opType ?? '', into: host?.name ?? '' };
      const verdict = verdictOf(node, own, types, quantized);
      const about: FusionNode = { ...base, verdict, kernel: own.opType };
      if (verdict !== 'float' || !quantized) return about;
      const around = conversionsAround(own, running);
      return {
        ...about,
        ...(around.before + around.after > 0 ? { conversions: around } : {}),
        ...whyFloat(node, { index: original, model: source }),
      };
    });
    const conversions = graph.node.filter(({ opType }) => CONVERSIONS.has(opType)).length;
    return { nodes, conversions };
  } finally {
    file.close();
  }
}

interface KernelsOfNode {
  /** The kernel that the node is the main part of. */
  readonly own?: NodeProto;
  /** The kernel that it became a part of, and the node that this is of. */
  readonly host?: { readonly kernel: NodeProto; readonly name: string };
}

/** The kernels of each node of the file; a node that was copied into several counts for the last. */
function kernelsOf(
  original: readonly NodeProto[],
  optimised: readonly NodeProto[],
  fusions: ReturnType<typeof fusedNodes>,
): ReadonlyMap<string, KernelsOfNode> {
  const kernels = new Map<string, KernelsOfNode>();
  for (const kernel of optimised) {
    const fusion = fusions.get(kernel.name);
    if (!fusion) continue;
    const isFirst = kernels.get(fusion.main)?.own === undefined || !CONVERSIONS.has(kernel.opType);
    if (isFirst) kernels.set(fusion.main, { ...kernels.get(fusion.main), own: kernel });
    for (const member of fusion.members)
      kernels.set(member, { ...kernels.get(member), host: { kernel, name: fusion.main } });
  }
  // What still runs under its own name is no part of another, even where its tensors have other names.
  const operators = new Map(original.map(({ name, opType }) => [name, opType]));
  for (const kernel of optimised) {
    const known = kernels.get(kernel.name);
    if (!known?.own && operators.get(kernel.name) === kernel.opType)
      kernels.set(kernel.name, { ...known, own: kernel });
  }
  return kernels;
}

function verdictOf(
  node: NodeProto,
  kernel: NodeProto,
  types: ReadonlyMap<string, TensorInfo>,
  quantized: boolean,
): FusionVerdict {
  if (CONVERSIONS.has(kernel.opType)) return CONVERSIONS.has(node.opType) ? 'conversion' : 'float';
  if (isQuantizedOperator(kernel)) return 'int8';
  const type = kernel.output.map((name) => types.get(name)?.type).find((found) => found !== undefined) ?? 'unknown';
  if (quantized && SMALL_INTEGERS.has(type)) return 'int8';
  return FLOATS.has(type) ? 'float' : 'other';
}

function conversionsAround(kernel: NodeProto, { producers, consumers }: GraphIndex): { before: number; after: number } {
  const before = kernel.input.filter((name) => producers.get(name)?.opType === 'DequantizeLinear').length;
  const after = kernel.output
    .flatMap((name) => consumers.get(name) ?? [])
    .filter(({ opType }) => opType === 'QuantizeLinear').length;
  return { before, after };
}

function countVerdicts(nodes: readonly FusionNode[]): FusionResult['counts'] {
  const counts = { int8: 0, float: 0, fused: 0, conversion: 0, removed: 0, other: 0 };
  for (const { verdict } of nodes) counts[verdict]++;
  return counts;
}
