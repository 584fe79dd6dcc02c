import type { TrainingPanelRequest, TrainingState, TrainStrings } from '../../src/protocol/index';
import { element } from '../ui/dom';
import { createFormats, fill, type Formats } from '../ui/format';
import { svgElement, svgPicture } from '../ui/svg';
import { createButton } from '../ui/toolkit';
import { buildCurve, type Curve, type Quantity } from './trainingCurves';
import { announcement, goOnText, trainingFigures } from './trainingFigures';

type Request = TrainingPanelRequest['type'];

const SIZE = { width: 520, height: 260 };

/** The page: its parts stay, so that focus does, and only what they show changes. */
export interface TrainingPage {
  readonly element: HTMLElement;
  update(state: TrainingState): void;
}

/** Creates the page of the training panel. */
export function createTrainingPage(
  strings: TrainStrings,
  locale: string,
  request: (type: Request) => void,
): TrainingPage {
  const formats = createFormats(locale);
  const title = element('h1');
  const subtitle = element('p', { class: 'subtitle' });
  const phase = element('p', { class: 'phase' });
  const canGoOn = element('p', { class: 'go-on', hidden: '' });
  const bar = element('progress', { class: 'bar', max: '1', 'aria-label': strings.training });
  const live = element('p', { class: 'for-readers', 'aria-live': 'polite', role: 'status' });
  const figures = element('dl', { class: 'figures' });
  const charts = element('div', { class: 'charts' });
  const table = element('div', { class: 'epochs' });
  const buttons = createButtons(strings, formats, request);
  let announced = '';
  let drawnEpochs = -1;
  return {
    element: element('div', {}, title, subtitle, phase, canGoOn, bar, buttons.element, live, figures, charts, table),
    update(state) {
      const { model, teacher, data } = state;
      title.textContent = fill(teacher === undefined ? strings.fineTuning : strings.distilling, model, teacher ?? '');
      subtitle.textContent = fill(strings.onData, data);
      phase.className = `phase ${state.phase}`;
      phase.textContent = state.outcome ?? (state.stage === undefined ? strings[state.phase] : state.stage);
      const goOn = goOnText(state, strings, formats);
      canGoOn.hidden = goOn === undefined;
      canGoOn.textContent = goOn ?? '';
      updateBar(bar, state);
      buttons.update(state);
      figures.replaceChildren(
        ...trainingFigures(state, strings, formats).map(([name, value]) =>
          element('div', {}, element('dt', {}, name), element('dd', {}, value)),
        ),
      );
      charts.replaceChildren(...createCharts(state, strings, formats));
      if (state.epochs.length !== drawnEpochs) {
        drawnEpochs = state.epochs.length;
        table.replaceChildren(...createTable(state, strings, formats));
      }
      const text = announcement(state, strings, formats);
      if (text !== announced) live.textContent = announced = text;
    },
  };
}

function updateBar(bar: HTMLProgressElement, { phase, progress }: TrainingState): void {
  bar.hidden = phase === 'done' || phase === 'cancelled' || phase === 'failed';
  if (progress === undefined || phase === 'measuring') {
    bar.removeAttribute('value');
    return;
  }
  const { epoch, epochs, step, steps } = progress;
  bar.value = (epoch - 1 + step / steps) / epochs;
}

function createButtons(
  strings: TrainStrings,
  formats: Formats,
  request: (type: Request) => void,
): { readonly element: HTMLElement; update(state: TrainingState): void } {
  let isPaused = false;
  const pause = createButton(strings.pause, true, () => request(isPaused ? 'resume' : 'pause'));
  const finish = createButton(strings.finish, false, () => request('finish'));
  const cancel = createButton(strings.cancel, false, () => request('cancel'));
  const goOn = createButton('', true, () => request('goOn'));
  const compare = createButton(strings.compare, true, () => request('compare'));
  const report = createButton(strings.report, false, () => request('report'));
  const log = createButton(strings.log, false, () => request('log'));
  return {
    element: element('div', { class: 'actions' }, pause, finish, cancel, goOn, compare, report, log),
    update({ phase, unfinished }) {
      isPaused = phase === 'paused';
      const label = isPaused ? strings.goOn : strings.pause;
      if (pause.textContent !== label) pause.textContent = label;
      const isTraining = phase === 'training' || isPaused;
      const isOver = phase === 'done' || phase === 'cancelled' || phase === 'failed';
      for (const button of [pause, finish]) button.toggleAttribute('disabled', !isTraining);
      for (const button of [pause, finish, cancel]) button.hidden = isOver;
      for (const button of [compare, report]) button.hidden = phase !== 'done';
      goOn.hidden = unfinished === undefined;
      goOn.textContent = unfinished ? fill(strings.goOnFrom, formats.integer(unfinished.epoch)) : '';
      log.hidden = phase !== 'failed';
    },
  };
}

function createCharts(state: TrainingState, strings: TrainStrings, formats: Formats): HTMLElement[] {
  const quantities: readonly (readonly [Quantity, string, (value: number) => string])[] = [
    ['loss', strings.lossChart, formats.significant],
    ['accuracy', strings.accuracyChart, formats.percent],
  ];
  const charts = quantities.flatMap(([quantity, title, format]) => {
    const curve = buildCurve(state, quantity, SIZE);
    return curve === undefined ? [] : [createChart(curve, title, strings, format, formats.integer)];
  });
  return charts.length > 0 ? charts : [element('p', { class: 'subtitle' }, strings.noCurve)];
}

function createChart(
  curve: Curve,
  title: string,
  strings: TrainStrings,
  format: (value: number) => string,
  integer: (value: number) => string,
): HTMLElement {
  const { frame, facts, originalY } = curve;
  const { left, right, top, bottom } = frame;
  const text = facts ? fill(strings.chartText, format(facts.start), format(facts.now), format(facts.best)) : '';
  const svg = svgPicture(
    SIZE.width,
    SIZE.height,
    title,
    text,
    ...curve.yTicks.map(({ at }) => svgElement('path', { class: 'grid', d: `M${left},${at}H${right}` })),
    svgElement('path', { class: 'axis', d: `M${left},${top}V${bottom}H${right}` }),
    ...curve.yTicks.map(({ at, value }) =>
      svgElement('text', { x: left - 6, y: at, dy: '0.35em', 'text-anchor': 'end' }, format(value)),
    ),
    ...curve.xTicks.map(({ at, value }) =>
      svgElement('text', { x: at, y: bottom + 18, 'text-anchor': 'middle' }, integer(value)),
    ),
    ...(originalY === undefined
      ? []
      : [svgElement('path', { class: 'original', d: `M${left},${originalY}H${right}` })]),
    svgElement('path', { class: 'training', d: curve.training }),
    svgElement('path', { class: 'held-out', d: curve.heldOut }),
    ...curve.dots.map(({ x, y, isBest }) =>
      svgElement('circle', { class: isBest ? 'dot best' : 'dot', cx: x, cy: y, r: isBest ? 5 : 3 }),
    ),
  );
  return element(
    'section',
    { class: 'chart-box' },
    element('h2', {}, title),
    svg,
    element(
      'ul',
      { class: 'legend' },
      legendItem('held-out', strings.heldOutSeries),
      legendItem('training', strings.trainingSeries),
      legendItem('original', strings.original),
      legendItem('best', strings.best),
    ),
    element('p', { class: 'detail' }, text),
  );
}

function legendItem(name: string, text: string): HTMLElement {
  const key = svgElement(
    'svg',
    { viewBox: '0 0 24 12', class: 'key', 'aria-hidden': 'true' },
    ...(name === 'best' ? [] : [svgElement('path', { class: name, d: 'M0,6H24' })]),
    ...(name === 'held-out' ? [svgElement('circle', { class: 'dot', cx: 12, cy: 6, r: 3 })] : []),
    ...(name === 'best' ? [svgElement('circle', { class: 'dot best', cx: 12, cy: 6, r: 4 })] : []),
  );
  const item = element('li', {});
  item.append(key, text);
  return item;
}

function createTable({ epochs }: TrainingState, strings: TrainStrings, formats: Formats): HTMLElement[] {
  if (epochs.length === 0) return [];
  const { significant, percent, integer } = formats;
  const hasAccuracy = epochs.some(({ heldOutAccuracy }) => heldOutAccuracy !== undefined);
  const titles = [
    strings.epoch,
    strings.trainingLoss,
    strings.heldOutLoss,
    ...(hasAccuracy ? [strings.heldOutAccuracy] : []),
    strings.learningRate,
  ];
  const rows = epochs.map(({ epoch, loss, heldOutLoss, heldOutAccuracy, learningRate }) => [
    integer(epoch),
    significant(loss),
    significant(heldOutLoss),
    ...(hasAccuracy ? [heldOutAccuracy === undefined ? '' : percent(heldOutAccuracy)] : []),
    significant(learningRate),
  ]);
  return [
    element('h2', {}, strings.epochs),
    element(
      'table',
      {},
      element('thead', {}, element('tr', {}, ...titles.map((title) => element('th', { scope: 'col' }, title)))),
      element('tbody', {}, ...rows.map((row) => element('tr', {}, ...row.map((cell) => element('td', {}, cell))))),
    ),
  ];
}
