import { spreadOf } from '../../src/util/stats';
import type { ModelRow } from './bench';
import { STEPS_OF_OPENING, type Opening } from './measurePanel';

/** Prints what was measured of a model: medians. */
export function printModel({ model, openings, movements, load }: ModelRow): void {
  console.log(`${model} (load ${load.toFixed(1)})`);
  for (const [way, list] of Object.entries(openings)) {
    const shown = spreadOf(list.map(({ timeline }) => timeline.shown ?? NaN));
    const memory = (pick: (opening: Opening) => number): string => spreadOf(list.map(pick)).median.toFixed(0);
    console.log(
      `  ${way}: shown after ${seconds(shown.median)} s (${seconds(shown.low)}-${seconds(shown.high)}); ` +
        `renderer ${memory(({ rendererMegabytes }) => rendererMegabytes)} MB, ` +
        `engine ${memory(({ engineMegabytes }) => engineMegabytes)} MB`,
    );
    const steps = STEPS_OF_OPENING.map(
      (step) => `${step} ${spreadOf(list.map(({ timeline }) => timeline[step] ?? NaN)).median.toFixed(0)}`,
    );
    console.log(`    ms: ${steps.join(', ')}`);
  }
  for (const gesture of Object.keys(movements[0]?.gestures ?? {})) {
    const [median, p95, step] = (['median', 'p95', 'step'] as const).map((figure) =>
      spreadOf(movements.map(({ gestures }) => gestures[gesture]?.[figure] ?? NaN)).median.toFixed(1),
    );
    console.log(`  ${gesture}: frames ${median} ms, 95 % under ${p95} ms, ${step} ms a step`);
  }
  if (movements[0]) console.log(`  elements with all groups open: ${movements[0].elements}`);
}

function seconds(milliseconds: number): string {
  return (milliseconds / 1000).toFixed(2);
}
