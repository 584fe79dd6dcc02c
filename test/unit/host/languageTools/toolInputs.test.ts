import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { ToolId } from '../../../../src/host/ids';
import * as inputs from '../../../../src/host/languageTools/toolInputs';

interface Schema {
  readonly properties: Readonly<Record<string, { type: string; enum?: string[]; default?: unknown }>>;
  readonly required: readonly string[];
  readonly additionalProperties: boolean;
}

interface Manifest {
  readonly contributes: { readonly languageModelTools: readonly { name: string; inputSchema: Schema }[] };
}

const SCHEMAS = {
  [ToolId.inspect]: inputs.INSPECT_INPUT,
  [ToolId.explain]: inputs.EXPLAIN_INPUT,
  [ToolId.quantize]: inputs.QUANTIZE_INPUT,
  [ToolId.compare]: inputs.COMPARE_INPUT,
};

// The shape is VS Code's; a key that is missing fails the tests below.
const { contributes } = JSON.parse(readFileSync('package.json', 'utf8')) as Manifest;

describe('the tools of package.json', () => {
  it('are those that are registered', () => {
    expect(contributes.languageModelTools.map(({ name }) => name)).toEqual(Object.values<string>(ToolId));
  });

  it.each(contributes.languageModelTools)('$name takes what the code reads', ({ name, inputSchema }) => {
    // The test above says that every name has a schema; zod's JSON Schema has the shape of the manifest's.
    const read = z.toJSONSchema(SCHEMAS[name as keyof typeof SCHEMAS], { io: 'input' }) as unknown as Schema;
    const shape = ({ properties, required, additionalProperties }: Schema) => ({
      properties: Object.fromEntries(
        Object.entries(properties).map(([key, { type, enum: values, default: usual }]) => [
          key,
          { type, values, usual },
        ]),
      ),
      required,
      additionalProperties,
    });
    expect(shape(inputSchema)).toEqual(shape(read));
  });
});
