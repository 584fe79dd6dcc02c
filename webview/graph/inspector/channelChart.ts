import { scaleLinear } from 'd3-scale';
import { area, curveStep } from 'd3-shape';
import { svgElement, svgPicture } from '../../ui/svg';
import type { ChannelModel, ChannelStroke } from './channelModel';

const WIDTH = 320;
const HEIGHT = 110;
const LEFT = 44;
const BOTTOM = 18;
/** A channel of equal values is seen all the same: pixels. */
const LEAST_STROKE = 1.5;

/** Draws the range of every channel as an upright stroke; the band behind is what the integers can express. */
export function createChannelChart(
  model: ChannelModel,
  texts: { readonly title: string; readonly description: string; readonly number: (value: number) => string },
): SVGSVGElement {
  const x = scaleLinear()
    .domain([0, model.count])
    .range([LEFT, WIDTH - 4]);
  const y = scaleLinear()
    .domain([...model.domain])
    .nice(4)
    .range([HEIGHT, 6])
    .clamp(true);
  const middle = (stroke: ChannelStroke): number => x((stroke.first + stroke.last + 1) / 2);
  const parts: Node[] = [];
  for (const tick of y.ticks(4)) {
    parts.push(
      svgElement('path', { class: tick === 0 ? 'axis' : 'grid', d: `M${LEFT},${y(tick)}H${WIDTH - 4}` }),
      svgElement('text', { x: LEFT - 4, y: y(tick), dy: '0.35em', 'text-anchor': 'end' }, texts.number(tick)),
    );
  }
  if (model.strokes.some(({ limits }) => limits !== undefined)) {
    const band = area<ChannelStroke>()
      .defined(({ limits }) => limits !== undefined)
      .x(middle)
      .y0(({ limits }) => y(limits?.[0] ?? 0))
      .y1(({ limits }) => y(limits?.[1] ?? 0))
      .curve(curveStep);
    parts.push(svgElement('path', { class: 'band', d: band([...model.strokes]) ?? '' }));
  }
  const d = model.strokes
    .map((stroke) => {
      const low = y(stroke.minimum);
      return `M${middle(stroke).toFixed(2)},${low.toFixed(2)}V${Math.min(y(stroke.maximum), low - LEAST_STROKE).toFixed(2)}`;
    })
    .join('');
  const strokeWidth = Math.max(1, Math.min(8, ((WIDTH - LEFT) / model.strokes.length) * 0.6));
  parts.push(
    svgElement('path', { class: 'strokes', d, 'stroke-width': strokeWidth.toFixed(2) }),
    svgElement('text', { x: LEFT, y: HEIGHT + BOTTOM - 4 }, '0'),
    svgElement('text', { x: WIDTH - 4, y: HEIGHT + BOTTOM - 4, 'text-anchor': 'end' }, texts.number(model.count - 1)),
  );
  return svgPicture(WIDTH, HEIGHT + BOTTOM, texts.title, texts.description, ...parts);
}
