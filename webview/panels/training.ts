import type { TrainingPanelMessage } from '../../src/protocol/index';
import { acquireHost } from '../ui/host';
import { registerControls } from '../ui/toolkit';
import { createTrainingPage, type TrainingPage } from './trainingDom';
import './training.css';

const host = acquireHost();
let page: TrainingPage | undefined;

function show({ state, strings, locale }: TrainingPanelMessage): void {
  if (page === undefined) {
    document.documentElement.lang = locale;
    page = createTrainingPage(strings, locale, (type) => host.postMessage({ type }));
    document.getElementById('root')?.replaceChildren(page.element);
  }
  page.update(state);
}

registerControls();
addEventListener('message', (event: MessageEvent<TrainingPanelMessage>) => {
  if (event.data.type === 'training/show') show(event.data);
});
host.postMessage({ type: 'ready' });
