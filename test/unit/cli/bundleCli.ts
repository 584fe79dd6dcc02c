import { mkdirSync, mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { buildSync } from 'esbuild';

/** Bundles the command line as `cli.js` into a new folder inside the checkout, where native packages are found. */
export function bundleCli(): string {
  mkdirSync('out', { recursive: true });
  const folder = mkdtempSync(join('out', 'cli-'));
  buildSync({
    entryPoints: ['src/cli/main.ts'],
    outfile: join(folder, 'cli.js'),
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    mainFields: ['module', 'main'],
    external: ['onnxruntime-node', 'sharp'],
  });
  return folder;
}
