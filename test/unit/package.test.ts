import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';

const target = `${process.platform}-${process.arch}`;

/** Packages that are loaded from node_modules at run time; every other dependency is bundled. */
const SHIPPED_PACKAGES = ['@img', 'detect-libc', 'onnxruntime-common', 'onnxruntime-node', 'semver', 'sharp'];

/** Files and folders at the root of the package. */
const ROOT_ENTRIES = [
  ...['CHANGELOG.md', 'LICENSE', 'README.md', 'dist', 'l10n', 'media', 'node_modules'],
  ...['package.json', 'package.nls.json', 'package.nls.zh-cn.json'],
];

const BUNDLES = ['dist/cli.js', 'dist/engine.js', 'dist/reader.js', 'dist/extension.js', 'dist/webview/report.js'];

/** vsce walks over everything that lies in the folder, installations of VS Code included. */
const LIST_TIMEOUT_MS = 120_000;

let files: readonly string[] = [];

beforeAll(() => {
  if (!BUNDLES.every((bundle) => existsSync(bundle))) execFileSync(process.execPath, ['esbuild.mjs']);
  const output = execFileSync(process.execPath, ['scripts/package.mjs', '--list'], { encoding: 'utf8' });
  files = output.trim().split('\n');
}, LIST_TIMEOUT_MS);

describe('the package', () => {
  it('has what runs and what is read at its root, and nothing else', () => {
    expect(unique(files.map((file) => file.split('/')[0]))).toEqual(ROOT_ENTRIES);
  });

  it('has the bundles without sources, source maps or tests', () => {
    expect(BUNDLES.filter((bundle) => !files.includes(bundle))).toEqual([]);
    expect(files.filter((file) => /\.(ts|map|cc|h|gyp)$|(^|\/)tests?\//.test(file))).toEqual([]);
  });

  it('has the packages that cannot be bundled, and no other', () => {
    const packages = files.filter((file) => file.startsWith('node_modules/')).map((file) => file.split('/')[1]);
    expect(unique(packages)).toEqual(SHIPPED_PACKAGES);
  });

  it('has native files of this platform only', () => {
    const native = files.filter((file) => /\.(node|dll|dylib|so)(\.[\d.]+)?$/.test(file));
    const homes = native.map((file) => file.replace(/^node_modules\//, '').replace(/\/(lib\/)?[^/]+$/, ''));
    const images = target.startsWith('win32')
      ? [`@img/sharp-${target}`]
      : [`@img/sharp-libvips-${target}`, `@img/sharp-${target}`];
    expect(unique(homes)).toEqual([...images, `onnxruntime-node/bin/napi-v6/${target.replace('-', '/')}`]);
  });

  it('has every file that the manifest names', () => {
    const manifest = readFileSync('package.json', 'utf8');
    const named = [...manifest.matchAll(/"(?:\.\/)?((?:media|dist)\/[^"]+)"/g)].map((match) => match[1] ?? '');
    expect(named).toContain('media/icon.png');
    expect(named.filter((path) => !files.includes(path))).toEqual([]);
  });
});

function unique(values: readonly (string | undefined)[]): (string | undefined)[] {
  return [...new Set(values)].sort();
}
