import type { TrainingState, TrainStrings } from '../../src/protocol/index';
import { fill, type Formats } from '../ui/format';

/** A figure with its name. */
export type Figure = readonly [name: string, value: string];

/** The figures above the curves; those that are not known yet show a dash. */
export function trainingFigures(state: TrainingState, strings: TrainStrings, formats: Formats): Figure[] {
  const { progress } = state;
  const { integer, significant, percent } = formats;
  const known = (text: string | undefined): string => text ?? '–';
  const figures: Figure[] = [
    [strings.epoch, known(progress && fill(strings.epochOf, integer(progress.epoch), integer(progress.epochs)))],
    [strings.step, known(progress && fill(strings.epochOf, integer(progress.step), integer(progress.steps)))],
    [strings.loss, known(progress && significant(progress.loss))],
  ];
  if (progress?.accuracy !== undefined) figures.push([strings.accuracy, percent(progress.accuracy)]);
  const isRunning = state.phase === 'training' || state.phase === 'paused';
  figures.push(
    [strings.learningRate, known(progress && significant(progress.learningRate))],
    [strings.speed, known(progress && integer(progress.samplesPerSecond))],
    [strings.remaining, known(progress && isRunning ? durationText(progress.remainingSeconds, strings) : undefined)],
  );
  return figures;
}

/** A duration in the two largest units that matter. */
export function durationText(seconds: number, strings: TrainStrings): string {
  const whole = Math.max(0, Math.ceil(seconds));
  if (whole < 60) return fill(strings.seconds, String(whole));
  if (whole < 3600) return fill(strings.minutes, String(Math.floor(whole / 60)), String(whole % 60));
  return fill(strings.hours, String(Math.floor(whole / 3600)), String(Math.floor((whole % 3600) / 60)));
}

/** Where a training that has ended can go on from; undefined where it cannot. */
export function goOnText(
  { unfinished }: TrainingState,
  strings: TrainStrings,
  { integer }: Formats,
): string | undefined {
  return unfinished && fill(strings.canGoOn, integer(unfinished.epoch), integer(unfinished.epochs));
}

/** What a screen reader is told: the phase, and the last epoch that ended; steps are too many to be read. */
export function announcement(state: TrainingState, strings: TrainStrings, formats: Formats): string {
  const last = state.epochs.at(-1);
  const phase = state.phase === 'training' ? '' : strings[state.phase];
  const goOn = goOnText(state, strings, formats);
  if (last === undefined || state.progress === undefined)
    return [phase, state.outcome, goOn].filter(Boolean).join('. ');
  const of = [formats.integer(last.epoch), formats.integer(state.progress.epochs)];
  const ended =
    last.heldOutAccuracy === undefined
      ? fill(strings.epochEnded, ...of, formats.significant(last.heldOutLoss))
      : fill(strings.epochEndedAccuracy, ...of, formats.percent(last.heldOutAccuracy));
  return [ended, phase, state.outcome, goOn].filter(Boolean).join(' ');
}
