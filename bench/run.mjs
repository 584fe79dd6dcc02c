// Runs a benchmark: node bench/run.mjs NAME [--json] [options of the benchmark]. Each is bench/NAME/bench.ts.
import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const bench = fileURLToPath(new URL('.', import.meta.url));
const names = readdirSync(bench).filter((name) => existsSync(join(bench, name, 'bench.ts')));
const [name, ...rest] = process.argv.slice(2);

if (!names.includes(name)) {
  console.error(`Usage: npm run bench -- NAME [--json]. Names: ${names.join(', ')}.`);
  process.exit(2);
}
const outdir = join(bench, '..', 'out', 'bench', name);
const workers = readdirSync(join(bench, name)).filter((file) => /^[a-z]*worker\.ts$/.test(file));
await build({
  entryPoints: ['bench.ts', ...workers].map((file) => join(bench, name, file)),
  outdir,
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  mainFields: ['module', 'main'],
  external: ['onnxruntime-node', 'sharp', 'esbuild', 'playwright-core', 'web-tree-sitter'],
  logLevel: 'warning',
});
const { run } = createRequire(import.meta.url)(join(outdir, 'bench.js'));
await run({ json: rest.includes('--json') });
