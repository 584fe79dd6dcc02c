import schema from '../../media/schemas/recipe.schema.json';
import type { RecipeFormMessage, RecipeFormRequest } from '../../src/protocol/index';
import { createForm } from '../recipe/formView';
import type { JsonSchema } from '../recipe/jsonSchema';
import { acquireHost } from '../ui/host';
import { registerControls } from '../ui/toolkit';
import './recipe.css';

registerControls();
const host = acquireHost<unknown>();
const root = document.getElementById('root');

/** Draws the form anew; focus, scrolling and what is unfolded stay where they are. */
function draw(message: RecipeFormMessage): void {
  const focused = document.activeElement?.id ?? '';
  const unfolded = [...document.querySelectorAll('details[open]')].map(({ id }) => id);
  document.documentElement.lang = message.locale;
  const send = (request: RecipeFormRequest): void => host.postMessage(request);
  // The file is made by the recipe's own schema; a form reads only the parts that JsonSchema names.
  root?.replaceChildren(createForm(message, schema as unknown as JsonSchema, send));
  for (const id of unfolded) document.getElementById(id)?.setAttribute('open', '');
  if (focused !== '') document.getElementById(focused)?.focus({ preventScroll: true });
}

addEventListener('message', (event: MessageEvent<RecipeFormMessage>) => {
  if (event.data.type === 'recipe/show') draw(event.data);
});
host.postMessage({ type: 'ready' });
