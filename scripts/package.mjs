// Packs the extension for the platform that it runs on: `npm run package [-- --out FILE]`; `--list` names the files only.
import { createVSIX, listFiles } from '@vscode/vsce';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';

const { values } = parseArgs({ options: { list: { type: 'boolean' }, out: { type: 'string' } } });
const { name, version, repository } = JSON.parse(readFileSync('package.json', 'utf8'));
const target = `${process.platform}-${process.arch}`;
const ignoreFile = writeIgnoreFile();

if (values.list === true) {
  for (const file of (await listFiles({ cwd: '.', ignoreFile })).sort()) console.log(file.replaceAll('\\', '/'));
} else {
  const packagePath = values.out ?? `${name}-${target}-${version}.vsix`;
  rmSync('dist', { recursive: true, force: true });
  execFileSync(process.execPath, ['esbuild.mjs', '--minify'], { stdio: 'inherit' });
  mkdirSync(dirname(packagePath), { recursive: true });
  // The pictures of the README stay out of the package: with a repository in package.json, links lead there.
  const rewriteRelativeLinks = repository !== undefined;
  await createVSIX({ target, packagePath, ignoreFile, allowMissingRepository: true, rewriteRelativeLinks });
  console.log(`${packagePath}: ${(statSync(packagePath).size / 2 ** 20).toFixed(1)} MiB`);
}

/** The ignore file of the repository, and what lets the native files of this platform in. */
function writeIgnoreFile() {
  const runtime = `node_modules/onnxruntime-node/bin/napi-v6/${target.replace('-', '/')}`;
  const images = `node_modules/@img/sharp-${target}`;
  for (const folder of [runtime, images]) {
    if (!existsSync(folder)) throw new Error(`${folder} is missing: no package can be made for ${target}.`);
  }
  const folders = [runtime, images, `node_modules/@img/sharp-libvips-${target}`];
  const native = folders.flatMap((folder) => [`!${folder}/*`, `!${folder}/lib/*`]);
  mkdirSync('out', { recursive: true });
  writeFileSync('out/vscodeignore', [readFileSync('.vscodeignore', 'utf8'), ...native, ''].join('\n'));
  return 'out/vscodeignore';
}
