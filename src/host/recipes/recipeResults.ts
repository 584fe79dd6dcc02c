import { readdir, readFile, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { findNodeAtLocation, parseTree } from 'jsonc-parser';
import * as z from 'zod';

/** What a report tells of the run of a recipe. */
const REPORT = z.object({
  format: z.literal('onnx-press-report'),
  kind: z.literal('recipe'),
  recipe: z.string(),
});

/** The report of the last run of a recipe, which lies beside the model that it made; undefined before the first. */
export async function lastReport(text: string, recipe: string): Promise<string | undefined> {
  const tree = parseTree(text, [], { allowTrailingComma: true });
  const named = ['output', 'model'].map((key): unknown => tree && findNodeAtLocation(tree, [key])?.value);
  const place = named.find((value) => typeof value === 'string');
  if (place === undefined) return undefined;
  const folder = dirname(resolve(dirname(recipe), place));
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.report.json'));
  const found: { path: string; mtimeMs: number }[] = [];
  for (const name of names) {
    const path = join(folder, name);
    const report = await readReport(path);
    if (report?.recipe !== recipe) continue;
    const { mtimeMs } = await stat(path);
    found.push({ path, mtimeMs });
  }
  return found.sort((a, b) => b.mtimeMs - a.mtimeMs)[0]?.path;
}

async function readReport(path: string): Promise<z.infer<typeof REPORT> | undefined> {
  return REPORT.safeParse(safeJson(await readFile(path, 'utf8').catch(() => ''))).data;
}

function safeJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
