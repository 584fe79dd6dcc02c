import { basename } from 'node:path';
import { l10n } from 'vscode';
import { assertNever } from '../util/assertNever';
import { formatBytes } from '../util/format';
import { errorMessage, PressError } from '../util/pressError';

/**
 * What a person reads about an error: which file, what happened, what to do next, and the engine's own words where
 * they say more. This is the only place that turns error codes into words; `path` is what the failed action was about.
 */
export function errorText(error: unknown, path: string): string {
  const file = basename(path);
  if (error instanceof PressError) return pressErrorText(error, file);
  return withDetails(internalText(file), errorMessage(error));
}

/** True when *Weights only* was refused for a model that has weights in convolutions alone. */
export function needsConvolutions(error: unknown): boolean {
  return (
    error instanceof PressError && error.code === 'nothing-to-quantize' && error.details['option'] === 'includeConv'
  );
}

function pressErrorText(error: PressError, file: string): string {
  const { code, message } = error;
  switch (code) {
    case 'malformed-model':
      return withDetails(l10n.t('{0} is not a whole ONNX model. Export or download it again.', file), message);
    case 'unsupported-model':
    case 'no-gradient':
      return withDetails(l10n.t('{0} cannot be processed.', file), message);
    case 'training-diverged':
      return withDetails(
        l10n.t('Training {0} diverged, so nothing was written. Choose a lower learning rate.', file),
        message,
      );
    case 'already-quantized':
      return l10n.t('{0} is quantized already. Start from the original floating-point model.', file);
    case 'external-data':
      return withDetails(l10n.t('Weights of {0} lie in another file that cannot be read.', file), message);
    case 'unsupported-opset':
      return withDetails(
        l10n.t('The operator set of {0} is not supported. Export it with a newer one.', file),
        message,
      );
    case 'model-does-not-run':
      return withDetails(l10n.t('ONNX Runtime cannot run {0}. Check the model and the data.', file), message);
    case 'nothing-to-quantize':
      if (needsConvolutions(error)) {
        return l10n.t(
          'Weights only has nothing to do in {0} but to store its convolutions in int8: a quarter of the size, computed in floating point, no faster.',
          file,
        );
      }
      return withDetails(l10n.t('Nothing in {0} can be quantized this way. Try another preset.', file), message);
    case 'nothing-to-prune':
      return withDetails(l10n.t('Nothing in {0} can be pruned this way. Try another method.', file), message);
    case 'no-data':
      return l10n.t('{0} needs calibration data: give a dataset file, an image folder, .npz or .jsonl.', file);
    case 'bad-dataset':
      return withDetails(l10n.t('The data for {0} cannot be used.', file), message);
    case 'bad-input':
      return withDetails(l10n.t('The data does not fit the inputs of {0}.', file), message);
    case 'unknown-shape':
      return withDetails(
        l10n.t('{0} has inputs of unknown size. Give data, or put an inputs.json beside the model.', file),
        message,
      );
    case 'output-exists':
      return l10n.t(
        'The output of {0} exists already and is not overwritten. Move it away or set another suffix.',
        file,
      );
    case 'file-not-found':
      return withDetails(
        l10n.t('A file for {0} is missing. Check that it was not moved, then try again.', file),
        message,
      );
    case 'file-access':
      return withDetails(
        l10n.t('A file for {0} cannot be read or written. Check permissions and free space.', file),
        message,
      );
    case 'bad-recipe':
      return withDetails(l10n.t('The recipe {0} cannot be used.', file), message);
    case 'bad-report':
      return l10n.t(
        '{0} is not a report that this version of ONNX Press wrote. Quantize the model again to get one.',
        file,
      );
    case 'bad-option':
      return withDetails(l10n.t('A setting does not fit {0}.', file), message);
    case 'verification-failed':
      return withDetails(
        l10n.t(
          'Quantized, {0} would no longer compute what it should, so nothing was written. Try another preset.',
          file,
        ),
        message,
      );
    case 'git-lfs':
      return l10n.t(
        'This is a Git LFS pointer, not {0} itself. Fetch the model with "git lfs pull" and open the file again.',
        file,
      );
    case 'too-large':
      return l10n.t(
        'This version of {0} is larger than {1}. Save it as a file and open that.',
        file,
        formatBytes(Number(error.details['limitBytes'])),
      );
    case 'past-version':
      return l10n.t(
        'This graph shows {0} as it was at another time. Open the file itself to measure it or to change its recipe.',
        file,
      );
    case 'engine-stopped':
      return engineStoppedText(error, file);
    case 'internal':
      return withDetails(internalText(file), message);
    default:
      return assertNever(code);
  }
}

function withDetails(sentence: string, details: string): string {
  return l10n.t('{0} Details: {1}', sentence, details);
}

function internalText(file: string): string {
  return l10n.t('{0}: something went wrong inside ONNX Press. Please report it with the log.', file);
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
