import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lastReport } from '../../../../src/host/recipes/recipeResults';

let folder: string;
let recipe: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'onnx-press-results-'));
  recipe = join(folder, 'a.press.json');
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** Writes a report, as old as so many seconds. */
function write(name: string, age: number, rest: object = {}): void {
  const path = join(folder, `${name}.report.json`);
  writeFileSync(path, JSON.stringify({ format: 'onnx-press-report', kind: 'recipe', recipe, ...rest }));
  const time = new Date(Date.now() - age * 1000);
  utimesSync(path, time, time);
}

describe('lastReport', () => {
  it('is the newest report of this recipe, whatever else lies there', async () => {
    write('m.a', 30);
    write('m.a-2', 10);
    write('m.b', 0, { recipe: join(folder, 'b.press.json') });
    write('m.int8', 0, { kind: 'quantize' });
    writeFileSync(join(folder, 'broken.report.json'), '{');
    const text = '{ "model": "m.onnx", /* mine */ }';
    expect(await lastReport(text, recipe)).toBe(join(folder, 'm.a-2.report.json'));
  });

  it('is looked for where the recipe writes, and is nothing before the first run', async () => {
    write('m.a', 0);
    expect(await lastReport('{ "model": "m.onnx", "output": "out/small.onnx" }', recipe)).toBeUndefined();
    expect(await lastReport('{ "model": ', recipe)).toBeUndefined();
  });
});
