import type { RecipePath, RecipeProblem } from '../../src/protocol/index';
import { type JsonSchema, newestVersion } from './jsonSchema';

/** How a value is asked for. */
export type Control =
  | { readonly kind: 'text' }
  | { readonly kind: 'number' }
  | { readonly kind: 'choice'; readonly options: readonly (string | number | boolean)[] }
  /** Texts, one a line. */
  | { readonly kind: 'lines' }
  /** Anything deeper, as JSON. */
  | { readonly kind: 'json' };

/** One setting of a form. */
export interface Field {
  readonly path: RecipePath;
  /** The key, as it stands in the text. */
  readonly label: string;
  /** In English, as in the schema. */
  readonly description: string;
  readonly control: Control;
  readonly isRequired: boolean;
  /** Undefined where it is not set. */
  readonly value: unknown;
  readonly problems: readonly string[];
}

/** A step with its settings; those that are set or must be come first. */
export interface StepForm {
  readonly index: number;
  readonly kind: string;
  readonly description: string;
  readonly main: readonly Field[];
  readonly more: readonly Field[];
  /** What is wrong with the step and with none of its settings. */
  readonly problems: readonly string[];
}

/** A recipe as a form shows it. */
export interface RecipeForm {
  readonly basics: readonly Field[];
  readonly steps: readonly StepForm[];
  readonly kinds: readonly { readonly kind: string; readonly description: string }[];
  readonly targets: readonly {
    readonly name: string;
    readonly description: string;
    readonly fields: readonly Field[];
  }[];
  readonly advanced: readonly Field[];
  /** What is wrong elsewhere. */
  readonly problems: readonly string[];
}

type Recipe = Readonly<Record<string, unknown>>;

const BASICS = ['model', 'data', 'evaluationData', 'output'];
const ADVANCED = ['synthetic', 'limit', 'shapes', 'fills', 'threads', 'seed'];

/** Lays a recipe out by its schema: what there is to set, what is set, and what is wrong with it. */
export function recipeForm(schema: JsonSchema, recipe: Recipe, problems: readonly RecipeProblem[]): RecipeForm {
  const root = newestVersion(schema);
  const kinds = root.properties?.['steps']?.items?.oneOf ?? [];
  const top = (keys: readonly string[]): Field[] => fieldsOf(root, recipe, [], problems, keys);
  const targetsSchema = root.properties?.['targets'];
  const steps = Array.isArray(recipe['steps']) ? (recipe['steps'] as readonly unknown[]) : [];
  const form = {
    basics: top(BASICS),
    steps: steps.map((step, index) => stepForm(kinds, asRecord(step), index, problems)),
    kinds: kinds.map((kind) => ({ kind: kindOf(kind), description: kind.description ?? '' })),
    targets: Object.entries(targetsSchema?.properties ?? {}).map(([name, target]) => ({
      name,
      description: target.description ?? '',
      fields: fieldsOf(target, asRecord(asRecord(recipe['targets'])[name]), ['targets', name], problems),
    })),
    advanced: top(ADVANCED),
  };
  const shown = new Set([
    ...[...form.basics, ...form.advanced, ...form.targets.flatMap(({ fields }) => fields)].flatMap((f) => f.problems),
    ...form.steps.flatMap((step) => [...step.problems, ...[...step.main, ...step.more].flatMap((f) => f.problems)]),
  ]);
  return { ...form, problems: problems.map(({ message }) => message).filter((message) => !shown.has(message)) };
}

function stepForm(
  kinds: readonly JsonSchema[],
  step: Recipe,
  index: number,
  problems: readonly RecipeProblem[],
): StepForm {
  const kind = String(step['kind'] ?? '');
  const schema = kinds.find((candidate) => kindOf(candidate) === kind);
  const path = ['steps', index];
  const keys = Object.keys(schema?.properties ?? {}).filter((key) => key !== 'kind');
  const fields = schema ? fieldsOf(schema, step, path, problems, keys) : [];
  const isMain = (field: Field): boolean => field.isRequired || field.value !== undefined || field.problems.length > 0;
  const own = problems.filter(
    (problem) => startsWith(problem.path, path) && !fields.some((field) => startsWith(problem.path, field.path)),
  );
  return {
    index,
    kind,
    description: schema?.description ?? '',
    main: fields.filter(isMain),
    more: fields.filter((field) => !isMain(field)),
    problems: own.map(({ message }) => message),
  };
}

function fieldsOf(
  schema: JsonSchema,
  owner: Recipe,
  at: RecipePath,
  problems: readonly RecipeProblem[],
  keys: readonly string[] = Object.keys(schema.properties ?? {}),
): Field[] {
  return keys.flatMap((key): Field[] => {
    const property = schema.properties?.[key];
    if (property === undefined) return [];
    const path = [...at, key];
    return [
      {
        path,
        label: key,
        description: property.description ?? '',
        control: controlOf(property),
        isRequired: schema.required?.includes(key) ?? false,
        value: owner[key],
        problems: problems.filter((problem) => startsWith(problem.path, path)).map(({ message }) => message),
      },
    ];
  });
}

function controlOf(schema: JsonSchema): Control {
  const options = schema.enum ?? schema.anyOf?.flatMap((option) => (option.const === undefined ? [] : [option.const]));
  if (options !== undefined && options.length > 0) return { kind: 'choice', options };
  switch (schema.type) {
    case 'string':
      return { kind: 'text' };
    case 'number':
    case 'integer':
      return { kind: 'number' };
    case 'boolean':
      return { kind: 'choice', options: [true, false] };
    case 'array':
      return schema.items?.type === 'string' ? { kind: 'lines' } : { kind: 'json' };
    default:
      return { kind: 'json' };
  }
}

function kindOf(step: JsonSchema): string {
  return String(step.properties?.['kind']?.const ?? '');
}

function startsWith(path: RecipePath, start: RecipePath): boolean {
  return start.every((part, i) => path[i] === part);
}

function asRecord(value: unknown): Recipe {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Recipe) : {};
}
