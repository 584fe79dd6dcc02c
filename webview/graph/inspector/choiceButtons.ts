import type { RecipeChoice } from '../../../src/protocol';
import { element } from '../../ui/dom';
import { createButton, setPressed } from '../../ui/toolkit';
import type { InspectorContext } from './context';

/** What the recipes of this model do with these nodes, as buttons that are pressed in where it is so; and *Copy name*. */
export function choiceButtons(nodes: readonly string[], name: string, context: InspectorContext): HTMLElement {
  const { strings, choices } = context;
  const toggle = (choice: RecipeChoice, text: string, chosen: readonly string[]): HTMLElement => {
    const known = new Set(chosen);
    const isOn = nodes.length > 0 && nodes.every((node) => known.has(node));
    const button = createButton(isOn ? `✓ ${text}` : text, false, () => {
      context.request('choose', { nodes, choice, on: !isOn }).catch((error: Error) => context.announce(error.message));
    });
    button.classList.toggle('pressed', isOn);
    setPressed(button, isOn);
    return button;
  };
  const copy = createButton(strings.copyName, false, () => {
    context.request('copy', { text: name }).then(
      ({ copied }) => copied && context.announce(strings.copied),
      (error: Error) => context.announce(error.message),
    );
  });
  return element(
    'div',
    { class: 'buttons' },
    toggle('exclude', strings.excludeNode, choices.excluded),
    toggle('fp16', strings.keepFp16, choices.fp16),
    toggle('protect', strings.protectNode, choices.protected),
    copy,
  );
}
