import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { packagePath } from './window';

const LIMIT_BYTES = 40_000_000;

describe('the package that the tests install', () => {
  it('is at most 40 MB', () => {
    const { size } = statSync(packagePath);
    assert.ok(size <= LIMIT_BYTES, `${size} bytes`);
  });
});
