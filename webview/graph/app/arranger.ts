import type { GraphStrings } from '../../../src/protocol';
import { element } from '../../ui/dom';
import { fill, type Formats } from '../../ui/format';
import { createButton } from '../../ui/toolkit';
import type { LayoutGraph, LayoutResult } from '../layout/types';

/** Arranges a graph elsewhere; rejects when `signal` aborts. */
export type Arrange = (graph: LayoutGraph, signal: AbortSignal) => Promise<LayoutResult>;

/** `cancelled` by the person; `superseded` by a later call; `failed` with a reason that the person was told. */
export type Arranged = LayoutResult | 'cancelled' | 'superseded' | 'failed';

export interface ArrangerOptions {
  readonly arrange: Arrange;
  readonly strings: GraphStrings;
  readonly formats: Formats;
  readonly announce: (text: string) => void;
}

/** A person waits this long without a word; then there is a way out. */
const PATIENCE_MS = 2500;

/** Runs one layout at a time; offers *Cancel* in `place` when it takes long. */
export function createArranger(
  { arrange, strings, formats, announce }: ArrangerOptions,
  place: HTMLElement,
): (graph: LayoutGraph, nodeCount: number) => Promise<Arranged> {
  let running: AbortController | undefined;

  return async (graph, nodeCount) => {
    running?.abort();
    const controller = new AbortController();
    running = controller;
    let isCancelled = false;
    const offer = setTimeout(() => {
      const note = element('span', { role: 'status' }, fill(strings.layoutRunning, formats.integer(nodeCount)));
      const cancel = createButton(strings.cancel, false, () => {
        isCancelled = true;
        controller.abort();
      });
      box.replaceChildren(note, cancel);
      place.append(box);
    }, PATIENCE_MS);
    const box = element('div', { class: 'arranging' });
    try {
      return await arrange(graph, controller.signal);
    } catch (error) {
      if (isCancelled) {
        announce(strings.layoutCancelled);
        return 'cancelled';
      }
      if (controller.signal.aborted) return 'superseded';
      announce(fill(strings.layoutFailed, error instanceof Error ? error.message : String(error)));
      return 'failed';
    } finally {
      clearTimeout(offer);
      box.remove();
      if (running === controller) running = undefined;
    }
  };
}
