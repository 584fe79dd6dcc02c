import { cloneModel, mainGraph, subgraphsOf, tensorsOf, type Model } from '../../onnx/model';
import type { GraphProto } from '../../onnx/onnx_pb';
import { importOpsets } from './opsets';
import type { TensorInfo } from '../../onnx/tensorValue';
import { PressError } from '../../util/pressError';

/** What the names of a teacher begin with in a joined graph. */
export const TEACHER_PREFIX = 'teacher/';

/**
 * Appends a teacher to a student's graph: it reads the same inputs, by name or else by position, and keeps its weights
 * as constants, so that ONNX Runtime prepares them. Its tensors get {@link TEACHER_PREFIX}. Both must be of one operator
 * set. Throws `bad-input` when the inputs do not fit.
 */
export function joinTeacher(student: Model, teacher: Model, inputs: readonly TensorInfo[]): void {
  const copy = cloneModel(teacher);
  const graph = mainGraph(copy);
  const constants = new Set(graph.initializer.map(({ name }) => name));
  const own = graph.input.map(({ name }) => name).filter((name) => !constants.has(name));
  const names = new Map(own.map((name, i) => [name, pairedInput(name, i, own.length, inputs)]));
  renameAll(graph, (name) => (name === '' ? '' : (names.get(name) ?? TEACHER_PREFIX + name)));
  const target = mainGraph(student);
  target.node.push(...graph.node);
  target.initializer.push(...graph.initializer);
  target.sparseInitializer.push(...graph.sparseInitializer);
  const known = new Set(student.proto.functions.map(({ domain, name }) => `${domain}:${name}`));
  student.proto.functions.push(...copy.proto.functions.filter(({ domain, name }) => !known.has(`${domain}:${name}`)));
  importOpsets(student, copy.proto.opsetImport);
  const present = new Set(tensorsOf(student.proto));
  for (const [tensor, weight] of copy.weights) if (present.has(tensor)) student.weights.set(tensor, weight);
}

function pairedInput(name: string, position: number, count: number, inputs: readonly TensorInfo[]): string {
  const paired =
    inputs.find((input) => input.name === name) ?? (count === inputs.length ? inputs[position] : undefined);
  if (paired) return paired.name;
  throw new PressError(
    'bad-input',
    `The teacher's input "${name}" has no counterpart in the student, whose inputs are ${inputs.map((input) => input.name).join(', ')}. Give a teacher with the same inputs.`,
    { input: name },
  );
}

function renameAll(graph: GraphProto, rename: (name: string) => string): void {
  for (const tensor of graph.initializer) tensor.name = rename(tensor.name);
  for (const { values } of graph.sparseInitializer) if (values) values.name = rename(values.name);
  for (const value of [...graph.input, ...graph.output]) value.name = rename(value.name);
  graph.valueInfo = [];
  for (const node of graph.node) {
    node.name = rename(node.name);
    node.input = node.input.map(rename);
    node.output = node.output.map(rename);
    for (const inner of subgraphsOf(node)) renameAll(inner, rename);
  }
}
