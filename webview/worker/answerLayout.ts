import { layoutGraph } from '../graph/layout/layoutGraph';
import type { LayoutAnswer, LayoutRequest } from './messages';

/** Answers one request; what goes wrong is an answer too, so that nobody waits in vain. */
export function answerLayout({ id, graph }: LayoutRequest): LayoutAnswer {
  try {
    return { id, result: layoutGraph(graph) };
  } catch (error) {
    return { id, problem: error instanceof Error ? error.message : String(error) };
  }
}
