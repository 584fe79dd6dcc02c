import { depthParity, itemRect, type Scene } from './buildScene';
import type { Decoration } from './decoration';
import { edgeLabelText, METRICS } from './measure';
import { blockSvg, containerSvg } from './svgBlock';
import { LEGEND_HEIGHT, legendSvg } from './svgLegend';
import { escapeXml, svgElement, type Attributes } from './svgText';
import { truncateText } from './textWidth';
import type { GraphTheme } from './theme';
import { CORNER_RADIUS, createSvgPath, tenth, traceArrow, traceWire } from './wirePath';

/** Room around the drawing in CSS pixels. */
const MARGIN = 16;
const FONT_FAMILY = "'Segoe UI', 'Helvetica Neue', 'Noto Sans', Arial, sans-serif";

export interface SvgOptions {
  readonly decoration?: Decoration;
  /** The title of the picture: the model's name. */
  readonly title: string;
  /** Says how many nodes a container holds. */
  readonly countText: (count: number) => string;
}

/** Writes the whole graph as an SVG document that needs nothing else: no style sheet, no font, no script. */
export function sceneToSvg(scene: Scene, theme: GraphTheme, { decoration = {}, title, countText }: SvgOptions): string {
  const { width, height } = svgSize(scene, decoration);
  const top = -MARGIN - legendHeight(decoration);
  const containers = scene.containers.map((index) => {
    const item = scene.display.items[index];
    if (!item) return '';
    const ground = theme.containers[depthParity(scene, index)];
    const texts = { count: item.nodeCount > 1 ? countText(item.nodeCount) : '', ground };
    return containerSvg(item, itemRect(scene, index), decoration, theme, texts);
  });
  const blocks = [...scene.leaves].map((index) => {
    const item = scene.display.items[index];
    return item ? blockSvg(item, itemRect(scene, index), decoration, theme) : '';
  });
  const lines = [
    svgElement('title', {}, [escapeXml(title)]),
    svgElement('rect', { x: -MARGIN, y: top, width, height, fill: theme.background }),
    decoration.overlay ? legendSvg(decoration.overlay, theme) : '',
    ...containers,
    ...wiresSvg(scene, 1, theme.laneWire),
    ...wiresSvg(scene, 0, theme.wire),
    ...labelsSvg(scene, theme),
    ...blocks,
  ];
  const attributes = {
    xmlns: 'http://www.w3.org/2000/svg',
    ...{ width, height, viewBox: [-MARGIN, top, width, height].map(tenth).join(' ') },
    'font-family': FONT_FAMILY,
  };
  return `${svgElement('svg', attributes, ['\n', lines.filter((line) => line !== '').join('\n'), '\n'])}\n`;
}

/** Width and height of the picture in CSS pixels, the legend of an overlay included. */
export function svgSize(
  { layout }: Scene,
  decoration: Decoration,
): { readonly width: number; readonly height: number } {
  return {
    width: Math.ceil(layout.width) + 2 * MARGIN,
    height: Math.ceil(layout.height) + 2 * MARGIN + legendHeight(decoration),
  };
}

function legendHeight({ overlay }: Decoration): number {
  return overlay && overlay.overlay !== 'category' ? LEGEND_HEIGHT : 0;
}

/** The wires in lanes or those outside, one path for each edge, and their arrow heads in one. */
function wiresSvg({ layout, pieceHasArrow }: Scene, inLane: number, color: string): string[] {
  const { points, pieceStarts, pieceEdges } = layout;
  const paths = new Map<number, ReturnType<typeof createSvgPath>>();
  const arrows = createSvgPath();
  for (let piece = 0; piece < pieceEdges.length; piece++) {
    if (layout.pieceInLane[piece] !== inLane) continue;
    const edge = pieceEdges[piece] ?? 0;
    const path = paths.get(edge) ?? createSvgPath();
    paths.set(edge, path);
    const end = pieceStarts[piece + 1] ?? 0;
    traceWire(path, points, pieceStarts[piece] ?? 0, end, CORNER_RADIUS);
    if (pieceHasArrow[piece] === 1) traceArrow(arrows, points, end);
  }
  if (paths.size === 0) return [];
  const strokes = [...paths.values()].map((path) => svgElement('path', { d: path.text() }));
  return [
    svgElement('g', { fill: 'none', stroke: color, 'stroke-width': 1.2 }, strokes),
    svgElement('path', { d: arrows.text(), fill: color }),
  ];
}

function labelsSvg({ display, layout, labelEdges }: Scene, theme: GraphTheme): string[] {
  const texts: string[] = [];
  for (const e of labelEdges) {
    const edge = display.edges[e];
    if (!edge) continue;
    const text = truncateText(edgeLabelText(edge), METRICS.maxLabelWidth - METRICS.sidePadding, METRICS.labelFont);
    const [x, y] = [layout.labels[2 * e] ?? 0, (layout.labels[2 * e + 1] ?? 0) + METRICS.labelFont * 0.35];
    const full = edge.quantization ? [svgElement('title', {}, [escapeXml(edge.quantization.text)])] : [];
    const paint: Attributes = edge.quantization ? { fill: theme.quantized } : {};
    texts.push(svgElement('text', { x, y, ...paint }, [...full, escapeXml(text)]));
  }
  if (texts.length === 0) return [];
  const outline = { stroke: theme.background, 'stroke-width': 3, 'stroke-linejoin': 'round', 'paint-order': 'stroke' };
  return [
    svgElement(
      'g',
      { 'font-size': METRICS.labelFont, 'text-anchor': 'middle', fill: theme.mutedText, ...outline },
      texts,
    ),
  ];
}
