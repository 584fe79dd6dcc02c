import { assertNever } from '../../../src/util/assertNever';
import { element } from '../../ui/dom';
import type { InspectorContext, Subject } from './context';
import { groupSections, modelSections } from './groupSections';
import { nodeSections } from './nodeSections';
import { tensorSections } from './tensorSections';

export interface Inspector {
  readonly element: HTMLElement;
  /** Draws a subject; drawing the same subject again keeps the place that a person scrolled to. */
  show(subject: Subject, context: InspectorContext): void;
}

/** The pane that says everything about what is selected. */
export function createInspector(label: string): Inspector {
  const content = element('div', { class: 'inspector-content' });
  const pane = element('aside', { class: 'inspector', 'aria-label': label, tabindex: '0' }, content);
  let last = '';
  return {
    element: pane,
    show(subject, context) {
      const identity = JSON.stringify(
        subject.kind === 'group' ? subject.item.key : { ...subject, quantizations: undefined },
      );
      const scrollTop = identity === last ? pane.scrollTop : 0;
      last = identity;
      content.replaceChildren(...sectionsOf(subject, context));
      pane.scrollTop = scrollTop;
    },
  };
}

function sectionsOf(subject: Subject, context: InspectorContext): HTMLElement[] {
  switch (subject.kind) {
    case 'model':
      return modelSections(context);
    case 'node':
      return nodeSections(subject.node, subject.quantizations, context);
    case 'tensor':
      return tensorSections(subject.tensor, subject.quantizations, context);
    case 'group':
      return groupSections(subject.item, context);
    default:
      return assertNever(subject);
  }
}
