import { extent } from 'd3-array';
import { scaleLinear } from 'd3-scale';
import type { RunPoint, RunsChartMessage } from '../../src/protocol/index';
import { formatBytes } from '../../src/util/format';
import { paretoFront, type TradeOff } from '../comparison/paretoFront';
import { element } from '../ui/dom';
import { createFormats, fill } from '../ui/format';
import { acquireHost } from '../ui/host';
import { svgElement } from '../ui/svg';
import './runsChart.css';

type Axis = 'size' | 'latency';
type Vertical = 'accuracy' | 'agreement';
type Point = RunPoint & TradeOff;

interface ChartState {
  readonly axis?: Axis;
  readonly vertical?: Vertical;
}

const WIDTH = 280;
const HEIGHT = 180;
const LEFT = 46;
const BASE = HEIGHT - 24;
/** Room around the points, as a share of their range. */
const PADDING = 0.12;

const host = acquireHost<ChartState>();
const root = document.getElementById('root');
let message: RunsChartMessage | undefined;

function draw(): void {
  if (message === undefined) return;
  const { strings, locale } = message;
  document.documentElement.lang = locale;
  const state = host.getState();
  const axis = state?.axis ?? 'size';
  const shown = message.points.flatMap((point): Point[] => {
    const cost = axis === 'size' ? point.sizeBytes : point.latencyMs;
    return cost === undefined ? [] : [{ ...point, cost }];
  });
  // How often models are right and how often they answer alike are two quantities, which share no axis.
  const kinds = (['accuracy', 'agreement'] as const).filter((kind) => shown.some((point) => kindOf(point) === kind));
  const [first] = kinds;
  if (first === undefined) {
    root?.replaceChildren(element('p', {}, strings.empty));
    return;
  }
  const vertical = state?.vertical !== undefined && kinds.includes(state.vertical) ? state.vertical : first;
  const points = shown.filter((point) => kindOf(point) === vertical);
  const front = paretoFront(points);
  root?.replaceChildren(
    choiceOf('axis', strings.axis, { size: strings.size, latency: strings.latency }, axis, (chosen) => {
      host.setState({ ...host.getState(), axis: chosen });
    }),
    kinds.length > 1
      ? choiceOf(
          'vertical',
          strings.vertical,
          { accuracy: strings.accuracy, agreement: strings.agreement },
          vertical,
          (chosen) => host.setState({ ...host.getState(), vertical: chosen }),
        )
      : element('p', {}, `${strings.vertical}: ${strings[vertical]}`),
    createChart(points, front, axis, message),
    element(
      'ul',
      { class: 'legend' },
      element('li', {}, `● ${strings.front}`),
      element('li', {}, `○ ${strings.other}`),
    ),
  );
}

function kindOf({ isAgreement }: RunPoint): Vertical {
  return isAgreement ? 'agreement' : 'accuracy';
}

/** A labelled list of choices; the chart is drawn anew with what is chosen. */
function choiceOf<T extends string>(
  id: string,
  label: string,
  texts: Readonly<Record<T, string>>,
  chosen: T,
  choose: (chosen: T) => void,
): HTMLElement {
  const keys = Object.keys(texts) as T[]; // the keys of a record of T
  const select = element(
    'select',
    { id },
    ...keys.map((key) => element('option', { value: key, ...(key === chosen ? { selected: '' } : {}) }, texts[key])),
  );
  select.addEventListener('change', () => {
    const picked = keys.find((key) => key === select.value);
    if (picked !== undefined) choose(picked);
    draw();
    document.getElementById(id)?.focus();
  });
  return element('div', { class: 'choice' }, element('label', { for: id }, label), select);
}

function createChart(
  points: readonly Point[],
  front: readonly Point[],
  axis: Axis,
  { strings, locale }: RunsChartMessage,
): SVGSVGElement {
  const { percent, significant, integer } = createFormats(locale);
  const costText = (cost: number): string => (axis === 'size' ? formatBytes(cost) : `${significant(cost)} ms`);
  const x = scaleLinear(padded(points.map(({ cost }) => cost)), [LEFT, WIDTH - 8]);
  const [lowest, highest] = padded(points.map(({ quality }) => quality));
  // No model is right more often than always.
  const y = scaleLinear([Math.max(0, lowest), Math.min(1, highest)], [BASE, 8]);
  const line = front.map(({ cost, quality }, index) => {
    const [left, top] = [x(cost).toFixed(1), y(quality).toFixed(1)];
    return index === 0 ? `M${left},${top}` : `H${left}V${top}`;
  });
  const dots = points.map((point) => {
    const isFront = front.includes(point);
    const text = fill(
      point.isAgreement ? strings.agreementPoint : strings.point,
      point.label,
      costText(point.cost),
      percent(point.quality),
    );
    const label = isFront ? `${text}, ${strings.onFront}` : text;
    const dot = svgElement(
      'circle',
      {
        class: isFront ? 'point front' : 'point',
        cx: x(point.cost).toFixed(1),
        cy: y(point.quality).toFixed(1),
        r: 5,
        tabindex: 0,
        role: 'button',
        'aria-label': label,
      },
      svgElement('title', {}, label),
    );
    const select = (): void => host.postMessage({ type: 'select', id: point.id });
    dot.addEventListener('click', select);
    dot.addEventListener('keydown', (event) => {
      if (event.key === 'Enter' || event.key === ' ') select();
    });
    return dot;
  });
  const label = fill(strings.chartLabel, integer(points.length), integer(front.length));
  return svgElement(
    'svg',
    { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, class: 'chart', role: 'group', 'aria-label': label },
    svgElement('path', { class: 'axis', d: `M${LEFT},8V${BASE}H${WIDTH - 8}` }),
    ...x
      .ticks(3)
      .map((tick) =>
        svgElement('text', { x: x(tick).toFixed(1), y: BASE + 16, 'text-anchor': 'middle' }, costText(tick)),
      ),
    ...y
      .ticks(4)
      .map((tick) =>
        svgElement('text', { x: LEFT - 4, y: y(tick).toFixed(1), dy: '0.35em', 'text-anchor': 'end' }, percent(tick)),
      ),
    svgElement('path', { class: 'front-line', d: line.join('') }),
    ...dots,
  );
}

function padded(values: readonly number[]): [number, number] {
  const [low = 0, high = 1] = extent(values);
  const room = (high - low || Math.abs(high) || 1) * PADDING;
  return [low - room, high + room];
}

addEventListener('message', (event: MessageEvent<RunsChartMessage>) => {
  if (event.data.type !== 'runs/show') return;
  message = event.data;
  draw();
});
host.postMessage({ type: 'ready' });
