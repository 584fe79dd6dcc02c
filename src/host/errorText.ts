import { basename } from 'node:path';
import { l10n } from 'vscode';
import { errorMessage, PressError } from '../util/pressError';

/**
 * What a person reads about an error: which file, what happened, what to do next.
 * This is the only place that turns error codes into words; `path` is the file that the failed action was about.
 */
export function errorText(error: unknown, path: string): string {
  const file = basename(path);
  if (!(error instanceof PressError)) {
    return l10n.t(
      '{0}: something went wrong inside ONNX Press ({1}). Please report it with the log.',
      file,
      errorMessage(error),
    );
  }
  const why = error.message;
  switch (error.code) {
    case 'malformed-model':
      return l10n.t('{0} cannot be read as an ONNX model: {1} Export it again.', file, why);
    case 'unsupported-model':
      return l10n.t('{0} cannot be quantized: {1}', file, why);
    case 'already-quantized':
      return l10n.t('{0} is quantized already. Start from the original floating-point model.', file);
    case 'external-data':
      return l10n.t('The weights of {0} that lie in other files cannot be read: {1}', file, why);
    case 'unsupported-opset':
      return l10n.t('{0} uses an operator set that is not supported: {1}', file, why);
    case 'model-does-not-run':
      return l10n.t('ONNX Runtime cannot run {0}: {1}', file, why);
    case 'nothing-to-quantize':
      return l10n.t('Nothing in {0} can be quantized this way: {1} Try another preset.', file, why);
    case 'no-data':
      return l10n.t('{0} needs calibration data: give a dataset file, an image folder, .npz or .jsonl.', file);
    case 'bad-dataset':
      return l10n.t('The data for {0} cannot be used: {1}', file, why);
    case 'bad-input':
      return l10n.t('The data does not fit the inputs of {0}: {1}', file, why);
    case 'unknown-shape':
      return l10n.t('{0} has inputs of unknown size: {1} Give data, or an inputs.json beside the model.', file, why);
    case 'output-exists':
      return l10n.t(
        'The output of {0} exists already and is not overwritten. Move it away or set another suffix.',
        file,
      );
    case 'file-not-found':
      return l10n.t('A file is missing: {0} Check that it was not moved, then try again.', why);
    case 'file-access':
      return l10n.t('A file cannot be read or written: {0} Check its permissions and the free space.', why);
    case 'bad-recipe':
      return l10n.t('The recipe cannot be used: {0}', why);
    case 'bad-report':
      return l10n.t(
        '{0} is not a report that this version of ONNX Press wrote. Quantize the model again to get one.',
        file,
      );
    case 'bad-option':
      return l10n.t('A setting does not fit: {0}', why);
    case 'verification-failed':
      return l10n.t(
        'The compressed form of {0} does not compute what the original does and was not kept: {1}',
        file,
        why,
      );
    case 'engine-stopped':
      return engineStoppedText(error, file);
    case 'internal':
      return l10n.t('{0}: something went wrong inside ONNX Press ({1}). Please report it with the log.', file, why);
  }
}

function engineStoppedText(error: PressError, file: string): string {
  const { signal, exitCode, reason } = error.details;
  const how =
    signal !== undefined
      ? l10n.t('signal {0}', String(signal))
      : exitCode !== undefined
        ? l10n.t('exit code {0}', String(exitCode))
        : String(reason ?? '?');
  return l10n.t(
    'The engine stopped while working on {0} ({1}). Nothing was overwritten and VS Code is not affected; try again, with fewer threads or samples if memory is short.',
    file,
    how,
  );
}
