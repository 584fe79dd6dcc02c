/** Distances of the layout, in CSS pixels at scale 1. */
export interface Spacing {
  /** Between neighbouring blocks of a layer. */
  readonly nodeGap: number;
  /** Between a line that passes and its neighbours in a layer. */
  readonly lineGap: number;
  /** Least height between two layers: room for an arrow head and a line of text. */
  readonly layerGap: number;
  /** Between horizontal stretches of different tensors. */
  readonly trackGap: number;
  /** Between lanes, and between the outermost block and the first lane. */
  readonly laneGap: number;
  /** Above the first and below the last horizontal stretch between two layers. */
  readonly trackPadding: number;
  /** Between the places where tensors enter or leave a block. */
  readonly portGap: number;
  /** Inside of a container, on each side. */
  readonly containerPadding: number;
  /** Between graphs that no tensor ties together. */
  readonly componentGap: number;
}

export const DEFAULT_SPACING: Spacing = {
  nodeGap: 24,
  lineGap: 12,
  layerGap: 30,
  trackGap: 7,
  laneGap: 8,
  trackPadding: 12,
  portGap: 10,
  containerPadding: 16,
  componentGap: 60,
};
