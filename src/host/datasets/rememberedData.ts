import { existsSync } from 'node:fs';
import type * as vscode from 'vscode';
import * as z from 'zod';
import { StateKey } from '../ids';

/** The data of a run: none at all means generated inputs. */
export type DataSelection = { readonly calibration: string; readonly evaluation?: string } | 'without';

const SELECTION = z.object({ calibration: z.string(), evaluation: z.string().optional() });
const STORED = z.record(z.string(), SELECTION).catch({});

/** The data last used for `model` in this workspace, if it is still there. */
export function recallData(state: vscode.Memento, model: string): Exclude<DataSelection, 'without'> | undefined {
  const stored = STORED.parse(state.get(StateKey.data) ?? {})[model];
  if (stored === undefined || !existsSync(stored.calibration)) return undefined;
  const { calibration, evaluation } = stored;
  return evaluation === undefined || !existsSync(evaluation) ? { calibration } : { calibration, evaluation };
}

/** Remembers the data used for `model`. */
export async function rememberData(state: vscode.Memento, model: string, data: DataSelection): Promise<void> {
  if (data === 'without') return;
  await state.update(StateKey.data, { ...STORED.parse(state.get(StateKey.data) ?? {}), [model]: data });
}
