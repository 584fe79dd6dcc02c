import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isLfsPointer, isLfsPointerFile } from '../../../../src/host/graph/gitLfs';

const POINTER = `version https://git-lfs.github.com/spec/v1\noid sha256:${'0'.repeat(64)}\nsize 12345\n`;
let folder: string;

beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'git-lfs-'))));
afterAll(() => rmSync(folder, { recursive: true }));

function written(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

describe('a pointer of Git LFS', () => {
  it('is told from a model', async () => {
    expect(await isLfsPointerFile(written('pointer.onnx', POINTER))).toBe(true);
    expect(await isLfsPointerFile(written('model.onnx', '\x08\x08\x12\x04test'))).toBe(false);
    expect(await isLfsPointerFile(written('empty.onnx', ''))).toBe(false);
    expect(await isLfsPointerFile(join(folder, 'missing.onnx'))).toBe(false);
  });

  it('is no file of more than a few lines', async () => {
    const long = POINTER.padEnd(2000, 'x');
    expect(await isLfsPointerFile(written('long.onnx', long))).toBe(false);
    expect(isLfsPointer(new TextEncoder().encode(long))).toBe(false);
  });
});
