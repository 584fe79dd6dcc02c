import type { LayoutGraph, LayoutResult } from '../graph/layout/types';

/** What the page sends to the worker of the layout. */
export interface LayoutRequest {
  readonly id: number;
  readonly graph: LayoutGraph;
}

/** What the worker answers: the layout, or why there is none. Exactly one to a request. */
export type LayoutAnswer =
  { readonly id: number; readonly result: LayoutResult } | { readonly id: number; readonly problem: string };

/** Memory that moves to the other side instead of being copied. */
export function transferablesOf(result: LayoutResult): ArrayBuffer[] {
  const { boxes, points, pieceStarts, pieceEdges, pieceInLane, labels } = result;
  return [boxes, points, pieceStarts, pieceEdges, pieceInLane, labels].flatMap(({ buffer }) =>
    buffer instanceof ArrayBuffer ? [buffer] : [],
  );
}
