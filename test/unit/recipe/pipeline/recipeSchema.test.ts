import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { RECIPE_TEXTS } from '../../../../src/protocol/recipeTexts';
import { recipeJsonSchema, recipeSchema } from '../../../../src/recipe/pipeline/recipeSchema';
import { RECIPE_STEPS } from '../../../../src/recipe/pipeline/stepRegistry';

/** The parts of a JSON Schema that the tests look at. */
interface Schema {
  description?: string;
  properties?: Record<string, Schema>;
  oneOf?: Schema[];
  anyOf?: Schema[];
  items?: Schema;
  additionalProperties?: Schema | boolean;
}

/** The places of all properties that say nothing about themselves. */
function undescribed(schema: Schema, place: string): string[] {
  const { properties = {}, oneOf = [], anyOf = [], items, additionalProperties } = schema;
  return [
    ...Object.entries(properties).flatMap(([key, child]) => [
      ...(child.description === undefined ? [`${place}.${key}`] : []),
      ...undescribed(child, `${place}.${key}`),
    ]),
    ...[...oneOf, ...anyOf].flatMap((child, i) => undescribed(child, `${place}/${i}`)),
    ...(items ? undescribed(items, `${place}[]`) : []),
    ...(typeof additionalProperties === 'object' ? undescribed(additionalProperties, `${place}.*`) : []),
  ];
}

describe('the JSON Schema of recipes', () => {
  // Written anew with: npx vitest run test/unit/recipe/pipeline/recipeSchema.test.ts -u
  it('is the file that package.json names for *.press.json', async () => {
    const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as {
      contributes: { jsonValidation: { fileMatch: string[]; url: string }[] };
    };
    const [contribution] = manifest.contributes.jsonValidation;
    expect(contribution).toEqual({ fileMatch: ['*.press.json'], url: './media/schemas/recipe.schema.json' });
    const text = `${JSON.stringify(recipeJsonSchema(), null, 2)}\n`;
    await expect(text).toMatchFileSnapshot('../../../../media/schemas/recipe.schema.json');
  });

  it('describes every key', () => {
    expect(undescribed(recipeJsonSchema() as Schema, 'recipe')).toEqual([]);
  });
});

describe('recipeSchema', () => {
  const base = { format: 'onnx-press-recipe', version: 2, model: 'm.onnx' };

  it('takes every kind of step of the registry', () => {
    const least: Record<string, object> = {
      quantize: { mode: 'fp16' },
      prune: { method: 'channel' },
    };
    for (const { kind } of RECIPE_STEPS) {
      const steps = [{ kind, ...least[kind] }];
      expect(recipeSchema.safeParse({ ...base, steps }).error).toBeUndefined();
    }
  });

  it.each([
    ['an unknown kind', { steps: [{ kind: 'melt' }] }, 'kind'],
    ['no step', { steps: [] }, 'a step at least'],
    ['an empty target', { steps: [{ kind: 'evaluate' }], targets: { size: {} } }, 'at least one target'],
    ['an accuracy in percent', { steps: [{ kind: 'evaluate' }], targets: { accuracy: { atLeast: 95 } } }, '<=1'],
    ['a misspelt target', { steps: [{ kind: 'evaluate' }], targets: { speed: {} } }, 'speed'],
  ])('refuses %s', (_, rest, why) => {
    const { error } = recipeSchema.safeParse({ ...base, ...rest });
    expect(JSON.stringify(error?.issues)).toContain(why);
  });

  it('has a text for nothing that is not there', () => {
    const described = JSON.stringify(recipeJsonSchema());
    const unused = Object.entries<string>(RECIPE_TEXTS).filter(([, text]) => !described.includes(JSON.stringify(text)));
    expect(unused.map(([key]) => key)).toEqual([]);
  });
});
