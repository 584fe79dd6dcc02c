import { create } from '@bufbuild/protobuf';
import { dataTypeOf } from '../dataType';
import { createNamer, freeNames, isStandard, opsetOf } from '../graphIndex';
import { mainGraph, subgraphsOf, type Model } from '../model';
import { OperatorSetIdProtoSchema, type GraphProto, type NodeProto, type OperatorSetIdProto } from '../onnx_pb';
import type { TensorInfo } from '../tensorValue';
import { OLDEST_OPSET, unsupportedOpset } from './errors';
import type { Pass } from './pass';
import { UPGRADERS } from './upgraders';
import type { UpgradeScope } from './upgradeScope';

/** The highest operator set that the upgrade knows. */
export const NEWEST_OPSET = 21;

/** The IR version that each operator set came with, from the version table of the ONNX specification. */
const IR_VERSIONS: readonly (readonly [opset: number, ir: bigint])[] = [
  [21, 10n],
  [19, 9n],
  [15, 8n],
  [12, 7n],
];

/**
 * Raises the standard operator set of the model, its subgraphs and its functions to `target` (13 to 21) and the IR
 * version to what that needs. A model that is at it or beyond is left alone. Throws `unsupported-opset` when it is
 * older than {@link OLDEST_OPSET}, or when an operator has no equal in the newer set.
 */
export function upgradeOpset(target: number): Pass {
  return {
    name: `opset ${target}`,
    exact: true,
    async apply(model, context) {
      const found = opsetOf(model);
      if (found >= target) return 0;
      if (found < OLDEST_OPSET)
        throw unsupportedOpset(found, target, `operator sets before ${OLDEST_OPSET} are not supported.`);
      if (target > NEWEST_OPSET)
        throw unsupportedOpset(found, target, `operator sets after ${NEWEST_OPSET} are not known.`);
      const upgrade = { model, types: await context.types(), namer: createNamer(model), target };
      let changes = upgradeGraph(mainGraph(model), found, { ...upgrade, isMain: true });
      for (const fn of model.proto.functions) {
        const version = versionOf(fn.opsetImport);
        if (version === undefined || version >= target) continue;
        const body = { node: fn.node, read: new Set(fn.output) };
        changes += upgradeNodes(body, version, { ...upgrade, isMain: false, namer: functionNamer(fn.node, fn.input) });
        fn.node = body.node;
        setVersion(fn.opsetImport, target);
      }
      setVersion(model.proto.opsetImport, target);
      const ir = IR_VERSIONS.find(([opset]) => target >= opset)?.[1] ?? 3n;
      if (model.proto.irVersion < ir) model.proto.irVersion = ir;
      return changes + 1;
    },
  };
}

interface Upgrade {
  readonly model: Model;
  readonly types: ReadonlyMap<string, TensorInfo>;
  readonly namer: (wanted: string) => string;
  readonly target: number;
  readonly isMain: boolean;
}

function upgradeGraph(graph: GraphProto, version: number, upgrade: Upgrade): number {
  const body = { node: graph.node, read: new Set(graph.output.map((value) => value.name)) };
  const changes = upgradeNodes(body, version, upgrade);
  graph.node = body.node;
  return changes;
}

function upgradeNodes(body: { node: NodeProto[]; read: Set<string> }, version: number, upgrade: Upgrade): number {
  for (const node of body.node) {
    for (const name of node.input) body.read.add(name);
    for (const inner of subgraphsOf(node)) for (const name of freeNames(inner)) body.read.add(name);
  }
  let changes = 0;
  body.node = body.node.flatMap((node) => {
    for (const inner of subgraphsOf(node)) changes += upgradeGraph(inner, version, { ...upgrade, isMain: false });
    const scope = createScope(body.read, upgrade);
    if (isStandard(node) && upgradeNode(node, version, scope, upgrade.target)) changes++;
    return [...scope.before, node, ...scope.after];
  });
  return changes;
}

/** Brings one node up, version by version; an operator that is replaced on the way goes on as its successor. */
function upgradeNode(node: NodeProto, from: number, scope: UpgradeScope, target: number): boolean {
  let changed = false;
  for (let version = from + 1; version <= target; version++) {
    const upgrader = UPGRADERS[node.opType]?.[version];
    if (!upgrader) continue;
    const refusal = upgrader(node, scope);
    if (refusal !== undefined)
      throw unsupportedOpset(from, target, `node "${node.name}" is a ${node.opType}, and ${refusal}`);
    changed = true;
  }
  return changed;
}

function createScope(read: ReadonlySet<string>, { types, namer, isMain }: Upgrade): UpgradeScope {
  const typeOf = (tensor: string | undefined): TensorInfo | undefined =>
    isMain && tensor !== undefined ? types.get(tensor) : undefined;
  return {
    before: [],
    after: [],
    name: namer,
    isRead: (tensor) => read.has(tensor),
    dims(tensor) {
      const dims = typeOf(tensor)?.dims;
      return dims && dims.length > 0 ? dims : undefined; // an unknown rank is reported like a scalar's
    },
    dataType(tensor) {
      const type = typeOf(tensor)?.type;
      return type === undefined || type === 'unknown' ? undefined : dataTypeOf(type);
    },
  };
}

function functionNamer(nodes: readonly NodeProto[], inputs: readonly string[]): (wanted: string) => string {
  const taken = new Set([...inputs, ...nodes.flatMap((node) => [node.name, ...node.input, ...node.output])]);
  return (wanted) => {
    let name = wanted;
    for (let n = 2; taken.has(name); n++) name = `${wanted}_${n}`;
    taken.add(name);
    return name;
  };
}

function versionOf(imports: readonly OperatorSetIdProto[]): number | undefined {
  const entry = imports.find(isStandardSet);
  return entry && Number(entry.version);
}

function setVersion(imports: OperatorSetIdProto[], version: number): void {
  const entry = imports.find(isStandardSet);
  if (entry) entry.version = BigInt(version);
  else imports.push(create(OperatorSetIdProtoSchema, { domain: '', version: BigInt(version) }));
}

function isStandardSet(entry: OperatorSetIdProto): boolean {
  return entry.domain === '' || entry.domain === 'ai.onnx';
}
