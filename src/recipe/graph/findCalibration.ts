import { join } from 'node:path';
import { CALIBRATION_FILE, calibrationSchema, type CalibrationRecord } from '../calibrationFile';
import { reportOfOutput, reportsOfSource, runFolderOfReport } from './findReports';
import { isCurrent, readRunFile, stampOf } from './runFiles';

/** One record is kept, since a person looks at one tensor of a model after the other. */
let kept: { readonly path: string; readonly stamp: string; readonly record: CalibrationRecord | undefined } | undefined;

/**
 * The calibration of a model: of the run that wrote it, or else of the newest run that started from it. Undefined where
 * there is none, or where the model has changed since.
 */
export function findCalibration(modelPath: string): CalibrationRecord | undefined {
  const own = reportOfOutput(modelPath);
  if (own) {
    const record = readCalibration(runFolderOfReport(own));
    return record?.outputBytes === stampOf(modelPath)?.sizeBytes ? record : undefined;
  }
  for (const report of reportsOfSource(modelPath)) {
    const record = readCalibration(runFolderOfReport(report));
    if (record && isCurrent(modelPath, record.source)) return record;
  }
  return undefined;
}

function readCalibration(folder: string): CalibrationRecord | undefined {
  const path = join(folder, CALIBRATION_FILE);
  const state = stampOf(path);
  if (!state) return undefined;
  const stamp = `${state.sizeBytes}:${state.mtimeMs}`;
  if (kept?.path !== path || kept.stamp !== stamp) {
    kept = { path, stamp, record: readRunFile(path, calibrationSchema) };
  }
  return kept.record;
}
