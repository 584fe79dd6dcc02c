import { l10n } from 'vscode';
import type { Progress } from '../util/progress';

/** A rate over less than this says nothing yet. */
const MIN_RATE_SECONDS = 1;

/**
 * Creates a function that turns progress into a line: stage, count, items per second, remaining time.
 * It keeps the start of the stage; `now` is the clock in milliseconds.
 */
export function createProgressText(now: () => number = Date.now): (progress: Progress) => string {
  let stage: string | undefined;
  let startedAt = 0;
  let startedDone = 0;
  return (progress) => {
    if (progress.stage !== stage) {
      stage = progress.stage;
      startedAt = now();
      startedDone = progress.done;
    }
    const seconds = (now() - startedAt) / 1000;
    return lineText(progress, seconds >= MIN_RATE_SECONDS ? (progress.done - startedDone) / seconds : 0);
  };
}

function lineText({ stage, done, total }: Progress, rate: number): string {
  const parts = [stageText(stage)];
  if (total > 1) parts.push(`${done}/${total}`);
  if (rate > 0 && total > 1) {
    parts.push(l10n.t('{0}/s', rate >= 10 ? rate.toFixed(0) : rate.toFixed(1)));
    if (done < total) parts.push(l10n.t('{0} left', durationText((total - done) / rate)));
  }
  return parts.join(' · ');
}

/** A duration in the two largest units that matter: `8 s`, `2 min 5 s`, `1 h 12 min`. */
export function durationText(seconds: number): string {
  const whole = Math.ceil(seconds);
  if (whole < 60) return l10n.t('{0} s', whole);
  if (whole < 3600) return l10n.t('{0} min {1} s', Math.floor(whole / 60), whole % 60);
  return l10n.t('{0} h {1} min', Math.floor(whole / 3600), Math.floor((whole % 3600) / 60));
}

/** A stage of a pipeline in the person's language; an unknown stage is shown as the engine named it. */
export function stageText(stage: string): string {
  switch (stage) {
    case 'read':
      return l10n.t('Reading the model');
    case 'normalise':
      return l10n.t('Normalising the graph');
    case 'calibrate':
      return l10n.t('Calibrating');
    case 'quantize':
      return l10n.t('Quantizing');
    case 'round':
      return l10n.t('Learning the rounding of weights');
    case 'write':
      return l10n.t('Writing the model');
    case 'verify':
      return l10n.t('Verifying');
    case 'measure':
    case 'time':
      return l10n.t('Measuring');
    case 'evaluate':
      return l10n.t('Running the samples');
    case 'profile':
      return l10n.t('Measuring every node');
    case 'reference':
      return l10n.t('Running the original model');
    case 'sensitivity':
      return l10n.t('Measuring layer by layer');
    case 'weight':
      return l10n.t('Reading the weight');
    case 'export':
      return l10n.t('Writing the file');
    case 'layers':
      return l10n.t('Measuring the error of each layer');
    case 'portability':
      return l10n.t('Checking for saturation');
    case 'prune':
      return l10n.t('Pruning');
    case 'factorise':
      return l10n.t('Factorising matrices');
    case 'recalibrate':
      return l10n.t('Correcting biases');
    case 'preview':
      return l10n.t('Estimating');
    case 'widths':
      return l10n.t('Measuring which channel counts are fast here');
    case 'train':
      return l10n.t('Training');
    case 'step':
      return l10n.t('Step of the recipe');
    case 'search':
      return l10n.t('Choosing the precision of each layer');
    default:
      return stage;
  }
}
