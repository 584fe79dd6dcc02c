import { applyEdits } from 'jsonc-parser';
import { describe, expect, it } from 'vitest';
import { recipeEdits, type RecipeEdit } from '../../../../src/host/recipes/formEdits';

const TEXT = `{
  // the camera's model
  "model": "a.onnx",
  "steps": [
    { "kind": "normalise" }, // first
    { "kind": "quantize", "mode": "static" /* int8 */ }
  ],
  "targets": {
    "size": { "ratioAtMost": 0.3 }
  }
}
`;

function edited(edit: RecipeEdit, text = TEXT): string {
  return applyEdits(text, recipeEdits(text, edit, '\n'));
}

describe('recipeEdits', () => {
  it('sets a value and leaves comments alone', () => {
    const text = edited({ type: 'set', path: ['steps', 1, 'mode'], value: 'fp16' });
    expect(text).toBe(TEXT.replace('"static"', '"fp16"'));
  });

  it('makes what a target lies in', () => {
    const text = edited({ type: 'set', path: ['targets', 'accuracy', 'atLeast'], value: 0.9 });
    expect(text).toContain('"atLeast": 0.9');
    expect(text).toContain('"ratioAtMost": 0.3');
  });

  it('takes a key out, and the objects of targets that are empty then', () => {
    const text = edited({ type: 'set', path: ['targets', 'size', 'ratioAtMost'], value: null });
    expect(text).not.toContain('targets');
    expect(text).toContain("// the camera's model");
  });

  it('changes nothing for a key that is not there, and for a step that is not there', () => {
    expect(recipeEdits(TEXT, { type: 'set', path: ['seed'], value: null }, '\n')).toEqual([]);
    expect(recipeEdits(TEXT, { type: 'removeStep', index: 7 }, '\n')).toEqual([]);
    expect(recipeEdits(TEXT, { type: 'swapSteps', index: 1 }, '\n')).toEqual([]);
  });

  it('adds a step with what it cannot be without', () => {
    expect(JSON.parse(edited({ type: 'addStep', kind: 'prune' }, '{ "steps": [] }'))).toEqual({
      steps: [{ kind: 'prune', method: 'channel' }],
    });
  });

  it('swaps two steps with what is written inside of them, and removes one', () => {
    const text = edited({ type: 'swapSteps', index: 0 });
    expect(text.indexOf('int8')).toBeLessThan(text.indexOf('normalise'));
    expect(edited({ type: 'removeStep', index: 0 })).not.toContain('normalise');
  });
});
