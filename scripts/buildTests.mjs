// Bundles the tests that run in VS Code and in the browser into out/test/; packages are loaded from node_modules.
import { build } from 'esbuild';
import { chmodSync, readdirSync, rmSync } from 'node:fs';

const folders = ['test/vscode', 'test/vscode/suite', 'test/e2e'];
const entryPoints = folders.flatMap((folder) =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.ts'))
    .map((name) => `${folder}/${name}`),
);

rmSync('out/test', { recursive: true, force: true });
await build({
  entryPoints,
  outdir: 'out/test',
  outbase: 'test',
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  packages: 'external',
  sourcemap: true,
  logLevel: 'warning',
});
// It is started as a program in place of VS Code.
chmodSync('out/test/vscode/standIn.js', 0o755);
