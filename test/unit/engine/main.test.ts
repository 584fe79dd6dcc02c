import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EngineClient } from '../../../src/host/engineClient';
import { isAlive } from '../../fixtures/isAlive';

/** The engine as it is shipped: bundled for plain Node. */
let folder: string;
let enginePath: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'engine-main-'));
  enginePath = join(folder, 'engine.js');
  await build({
    entryPoints: ['src/engine/main.ts'],
    outfile: enginePath,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    mainFields: ['module', 'main'],
    external: ['onnxruntime-node', 'sharp'],
  });
});

afterAll(() => rmSync(folder, { recursive: true }));

function exited(child: ChildProcess): Promise<unknown> {
  return once(child, 'exit');
}

describe('the engine process', () => {
  it('answers hello to the client of the host', async () => {
    const client = new EngineClient({
      name: 'engine',
      enginePath,
      cancelTimeoutMs: () => 800,
      idleTimeoutMs: () => 0,
      onLog: () => undefined,
    });
    const { version, pid } = await client.request('engine/hello', {});
    expect(version).toMatch(/^\d+\.\d+\.\d+$/);
    expect(pid).toBe(client.pid);
    await client.dispose();
  });

  it('names the file when a model is missing', async () => {
    const client = new EngineClient({
      name: 'engine',
      enginePath,
      cancelTimeoutMs: () => 800,
      idleTimeoutMs: () => 0,
      onLog: () => undefined,
    });
    const missing = join(folder, 'missing.onnx');
    await expect(client.request('model/inspect', { path: missing })).rejects.toMatchObject({
      code: 'file-not-found',
      message: expect.stringContaining(missing),
    });
    await client.dispose();
  });

  it('ends when its channel closes', async () => {
    const child = fork(enginePath, [], { silent: true });
    const end = exited(child);
    child.disconnect();
    expect(await end).toEqual([0, null]);
  });

  it('ends when its parent is killed', async () => {
    const parentPath = join(folder, 'parent.cjs');
    writeFileSync(
      parentPath,
      `const child = require('node:child_process').fork(${JSON.stringify(enginePath)});
       process.stdout.write(String(child.pid) + '\\n');
       setInterval(() => undefined, 1000);`,
    );
    const parent = spawn(process.execPath, [parentPath], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = (await once(parent.stdout, 'data')) as [Buffer];
    const enginePid = Number(line.toString());
    parent.kill('SIGKILL');
    await exited(parent);
    while (isAlive(enginePid)) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(isAlive(enginePid)).toBe(false);
  });
});
