import { basename } from 'node:path';
import * as vscode from 'vscode';
import type { MeasuredOverlay, OverlayData, QuantizeResult } from '../../protocol';
import { CancelledError } from '../../util/pressError';
import { dataChoices } from '../datasets/dataChoices';
import { findData } from '../datasets/findData';
import { type DataSelection, recallData, rememberData } from '../datasets/rememberedData';
import { searchRoots } from '../datasets/searchRoots';
import { askData } from '../flow/dataStep';
import { CommandId } from '../ids';
import { showError } from '../notify';
import { runWithProgress } from '../runWithProgress';
import { readSettings } from '../settings';
import { askForTrust } from '../trust';
import type { CallContext } from './panelMethods';

type Measurement = (context: CallContext) => Promise<OverlayData | null | undefined>;

/**
 * Starts the measurement that an overlay needs, asking for data where it must; false when the person leaves the
 * question or the workspace is not trusted. The figures follow as `graph/overlay`; a failure is shown as of any run.
 */
export async function measure(context: CallContext, overlay: MeasuredOverlay): Promise<boolean> {
  if (!vscode.workspace.isTrusted) {
    void askForTrust(vscode.l10n.t('Measuring runs the model in native code, so it needs a trusted workspace.'));
    return false;
  }
  const measurement = await prepare(context, overlay);
  if (measurement === undefined) return false;
  void run(context, overlay, measurement);
  return true;
}

async function prepare({ services, model }: CallContext, overlay: MeasuredOverlay): Promise<Measurement | undefined> {
  switch (overlay) {
    case 'latency':
      return measureLatency;
    case 'range':
      return measureRange;
    case 'sensitivity': {
      const state = services.context.workspaceState;
      const places = await findData(searchRoots(model.uri));
      const title = vscode.l10n.t('Sensitivity of {0}', basename(model.path));
      const data = await askData(title, model.uri, recallData(state, model.path), dataChoices(model.path, places), 1);
      if (data === undefined || data === 'back') return undefined;
      await rememberData(state, model.path, data);
      return (context) => measureSensitivity(context, data);
    }
  }
}

async function run(context: CallContext, overlay: MeasuredOverlay, measurement: Measurement): Promise<void> {
  const { model, services, side, post } = context;
  try {
    const data = await measurement(context);
    if (data !== undefined) post({ type: 'graph/overlay', side, overlay, data });
  } catch (error) {
    // The panel waits for figures; there are those of an earlier time, or none.
    const data = await services.reader.request('graph/overlay', { path: model.path, overlay }).catch(() => null);
    post({ type: 'graph/overlay', side, overlay, data });
    if (!(error instanceof CancelledError)) showError(services, error, model.path);
  }
}

function measureLatency({ services, model }: CallContext): Promise<OverlayData> {
  const title = vscode.l10n.t('Measuring the latency of {0}', vscode.workspace.asRelativePath(model.uri));
  return runWithProgress(services, title, (options) =>
    services.runner.request('graph/profile', { path: model.path, ...runSettings(services, model.uri) }, options),
  );
}

function measureSensitivity({ services, model }: CallContext, data: DataSelection): Promise<OverlayData> {
  const title = vscode.l10n.t('Measuring the sensitivity of {0}', vscode.workspace.asRelativePath(model.uri));
  const source = data === 'without' ? { synthetic: true } : { data: data.evaluation ?? data.calibration };
  return runWithProgress(services, title, (options) =>
    services.runner.request(
      'graph/sensitivity',
      { path: model.path, ...source, ...runSettings(services, model.uri) },
      options,
    ),
  );
}

/** Ranges come from calibration: quantizing measures them. Leaving its questions is no failure. */
async function measureRange({ services, model }: CallContext): Promise<OverlayData | null> {
  await vscode.commands.executeCommand<QuantizeResult | undefined>(CommandId.quantize, model.uri);
  return services.reader.request('graph/overlay', { path: model.path, overlay: 'range' });
}

function runSettings({ log }: CallContext['services'], model: vscode.Uri): { threads?: number; seed: number } {
  const { threads, seed } = readSettings(log, model);
  return { seed, ...(threads === undefined ? {} : { threads }) };
}
