import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { repositoryRoot } from './lanes';

/** A copy of the sample workspace that a test may write into. */
export interface SampleCopy {
  readonly folder: string;
  remove(): void;
}

/** Copies `media/sample` into a temporary folder. */
export function copySample(): SampleCopy {
  const scratch = mkdtempSync(join(tmpdir(), 'onnx-press-sample-'));
  const folder = join(scratch, 'sample');
  cpSync(join(repositoryRoot, 'media/sample'), folder, { recursive: true });
  return { folder, remove: () => rmSync(scratch, { recursive: true, force: true }) };
}
