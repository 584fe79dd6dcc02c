import type { Command } from '../command';
import { inspectText } from '../text/inspectText';

/** Looks at a model's structure; neither its weights nor ONNX Runtime are loaded. */
export const inspectCommand: Command = {
  name: 'inspect',
  summary: 'Shows inputs, outputs, operators and size of a model, and what can be compressed.',
  operands: ['MODEL'],
  options: {},
  examples: ['inspect model.onnx', 'inspect model.onnx --json'],
  async run({ positionals: [model = ''] }) {
    const { inspectModel } = await import('../../recipe/inspectModel');
    const result = inspectModel(model);
    return { json: result, text: () => inspectText(result) };
  },
};
