// Bundles the four entry points into dist/. Native packages stay outside: they are loaded from node_modules.
import { build, context } from 'esbuild';
import { copyFileSync, existsSync, mkdirSync } from 'node:fs';
import { englishSchemas } from './scripts/englishSchemas.mjs';

const watch = process.argv.includes('--watch');
const minify = process.argv.includes('--minify');

const node = {
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  mainFields: ['module', 'main'], // jsonc-parser's "main" is UMD, whose inner requires cannot be bundled
  sourcemap: !minify,
  minify,
  external: ['vscode', 'onnxruntime-node', 'sharp'],
  // Its ES module asks for `import.meta.url`, which a CommonJS bundle does not have.
  alias: { 'web-tree-sitter': './node_modules/web-tree-sitter/web-tree-sitter.cjs' },
  plugins: [englishSchemas],
  logLevel: 'warning',
};

const browser = {
  bundle: true,
  platform: 'browser',
  target: 'chrome120',
  format: 'iife',
  sourcemap: minify ? false : 'inline',
  minify,
  logLevel: 'warning',
};

const targets = [
  { ...node, entryPoints: { extension: 'src/extension.ts' }, outdir: 'dist' },
  { ...node, entryPoints: { engine: 'src/engine/main.ts' }, outdir: 'dist' },
  { ...node, entryPoints: { reader: 'src/engine/reader.ts' }, outdir: 'dist' },
  { ...node, entryPoints: { trainWorker: 'src/engine/trainWorker.ts' }, outdir: 'dist' },
  { ...node, entryPoints: { cli: 'src/cli/main.ts' }, outdir: 'dist', banner: { js: '#!/usr/bin/env node' } },
  {
    ...browser,
    entryPoints: { report: 'webview/panels/report.ts' },
    outdir: 'dist/webview',
    loader: { '.css': 'css' },
  },
  {
    ...browser,
    entryPoints: { comparison: 'webview/panels/comparison.ts' },
    outdir: 'dist/webview',
    loader: { '.css': 'css' },
  },
  {
    ...browser,
    entryPoints: { training: 'webview/panels/training.ts' },
    outdir: 'dist/webview',
    loader: { '.css': 'css' },
  },
  {
    ...browser,
    entryPoints: { runsChart: 'webview/panels/runsChart.ts' },
    outdir: 'dist/webview',
    loader: { '.css': 'css' },
  },
  {
    ...browser,
    entryPoints: { recipe: 'webview/panels/recipe.ts' },
    outdir: 'dist/webview',
    loader: { '.css': 'css' },
  },
  {
    ...browser,
    entryPoints: { graph: 'webview/panels/graph.ts' },
    outdir: 'dist/webview',
    loader: { '.css': 'css' },
  },
  { ...browser, entryPoints: { graphStart: 'webview/panels/graphStart.ts' }, outdir: 'dist/webview' },
  { ...browser, entryPoints: { graphWorker: 'webview/worker/graphWorker.ts' }, outdir: 'dist/webview' },
].filter((target) => existsSync(Object.values(target.entryPoints)[0]));

/** What cannot be bundled: the parser of Python scripts and its grammar. */
const assets = ['web-tree-sitter/web-tree-sitter.wasm', 'tree-sitter-python/tree-sitter-python.wasm'];
mkdirSync('dist', { recursive: true });
for (const asset of assets) copyFileSync(`node_modules/${asset}`, `dist/${asset.slice(asset.lastIndexOf('/') + 1)}`);

for (const target of targets) {
  if (watch) await (await context(target)).watch();
  else await build(target);
}
