import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import type { Model } from '../../../../src/onnx/model';
import type { GraphDocument, TensorRef } from '../../../../src/protocol';
import { closeGraphs } from '../../../../src/recipe/graph/openGraph';
import type { RunContext } from '../../../../src/recipe/runContext';
import { saveModel } from '../../../../src/runtime/modelFile';

/** A folder for the models of a test file; gone, with every model closed, when its tests are done. */
export function createFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'graph-'));
  afterAll(() => {
    closeGraphs();
    rmSync(folder, { recursive: true });
  });
  return folder;
}

/** Writes a model and returns its path. */
export function saved(folder: string, name: string, model: Model): string {
  const path = join(folder, name);
  saveModel(model, path, { overwrite: true });
  return path;
}

/** Where a tensor of the main graph is in a document. */
export function refOf({ graphs }: GraphDocument, name: string): TensorRef {
  return { graph: 0, tensor: graphs[0]?.tensors.findIndex((tensor) => tensor.name === name) ?? -1 };
}

/** A context that reports nothing and is never cancelled. */
export function quietContext(): RunContext {
  return { onProgress: () => undefined, signal: new AbortController().signal, log: () => undefined, latencySeconds: 0 };
}
