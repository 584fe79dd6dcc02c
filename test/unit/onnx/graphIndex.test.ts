import { expect, it } from 'vitest';
import { makeNode } from '../../../src/onnx/attributes';
import { createNamer } from '../../../src/onnx/graphIndex';
import { buildModel } from '../../fixtures/buildModel';

it('numbers names that are taken, skips numbers that are, and takes no longer for the last of many', () => {
  const newName = createNamer(buildModel({ nodes: [makeNode('Relu', 'n_3', ['x'], ['n'])] }));
  expect(['n', 'n', 'free', 'free', 'n_2', 'n'].map(newName)).toEqual(['n_2', 'n_4', 'free', 'free_2', 'n_2_2', 'n_5']);
  const many = new Set(Array.from({ length: 200_000 }, () => newName('n')));
  expect(many.size).toBe(200_000);
});
