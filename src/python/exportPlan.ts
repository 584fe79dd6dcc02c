import { guessShape } from './inputShape';
import { findModels, requiredParameters } from './models';
import type { Script } from './script';
import { argumentsOf, stringValue } from './syntax';

/** What the export of a model class asks about, with what the script lets guess. */
export interface ExportPlan {
  readonly className: string;
  /** Constructor arguments without a default. */
  readonly required: readonly string[];
  /** Arguments as the script itself builds the class, where they are plain values: `10, width=64`. */
  readonly construction: string;
  /** `1x3x32x32`; several inputs are separated by commas. */
  readonly inputs: string;
}

/** One input of a model: its shape and the name of its PyTorch type. */
export interface InputSpec {
  readonly shape: readonly number[];
  readonly type: InputType;
}

const INPUT_TYPES = ['float32', 'float16', 'int64', 'int32', 'bool'] as const;
type InputType = (typeof INPUT_TYPES)[number];

const PLAIN = new Set(['integer', 'float', 'true', 'false', 'none', 'string', 'unary_operator']);

/** The model classes of a script that can be exported, in its order. */
export function exportableClasses(script: Script): string[] {
  return findModels(script).map(({ name }) => name);
}

/** What to ask for the export of a class; undefined where the script has no such model. */
export function planExport(script: Script, className: string): ExportPlan | undefined {
  const model = findModels(script).find(({ name }) => name === className);
  if (model === undefined) return undefined;
  const shape = (guessShape(script) ?? [1, 3, 224, 224]).join('x');
  // Names of token ids and masks say their type; what a forward needs beyond its first input has its shape.
  const parameters = requiredParameters(model, 'forward', script);
  const inputs = (parameters.length === 0 ? ['x'] : parameters).map((name) =>
    /(^|_)(ids|mask|tokens?)$/.test(name) ? '1x128:int64' : shape,
  );
  return {
    className,
    required: requiredParameters(model, '__init__', script),
    construction: construction(script, className),
    inputs: inputs.join(', '),
  };
}

function construction(script: Script, className: string): string {
  for (const { written, node } of script.calls) {
    if (written !== className) continue;
    const given = argumentsOf(node);
    const isPlain = given.every(
      ({ value }) => PLAIN.has(value.type) && (value.type !== 'string' || stringValue(value) !== undefined),
    );
    if (isPlain && given.length > 0) return given.map((entry) => entry.node.text).join(', ');
  }
  return '';
}

/** Reads `1x3x32x32, 1x128:int64`; undefined for anything else. */
export function parseInputs(text: string): InputSpec[] | undefined {
  const inputs = text.split(',').map((part): InputSpec | undefined => {
    const match = /^\s*(\d+(?:\s*[x×]\s*\d+)*)\s*(?::\s*(\w+))?\s*$/.exec(part);
    const shape = match?.[1]?.split(/[x×]/).map(Number) ?? [];
    const type = INPUT_TYPES.find((name) => name === (match?.[2] ?? 'float32'));
    return match === null || type === undefined || shape.includes(0) ? undefined : { shape, type };
  });
  return inputs.every((input) => input !== undefined) ? inputs : undefined;
}
