import * as vscode from 'vscode';
import { CommandId } from '../ids';
import { recipePlaces } from './recipePlaces';

/** The documents that are recipes. */
export const RECIPE_SELECTOR: vscode.DocumentSelector = { scheme: 'file', pattern: '**/*.press.json' };

/**
 * *Run*, *Compare Results* and *Open Form* at the top of a recipe, *Run from Here* at each step but the first.
 * A recipe of a single run is repeated from the runs view, so it has none.
 */
export class RecipeLenses implements vscode.CodeLensProvider {
  provideCodeLenses(document: vscode.TextDocument): vscode.CodeLens[] {
    const places = recipePlaces(document.getText());
    if (places?.version !== 2) return [];
    const { uri } = document;
    const lens = (offset: number, title: string, command: string, ...more: unknown[]): vscode.CodeLens => {
      const position = document.positionAt(offset);
      return new vscode.CodeLens(new vscode.Range(position, position), { title, command, arguments: [uri, ...more] });
    };
    return [
      lens(places.start, vscode.l10n.t('Run'), CommandId.runRecipe),
      lens(places.start, vscode.l10n.t('Compare results'), CommandId.compareRecipe),
      lens(places.start, vscode.l10n.t('Open form'), CommandId.openRecipeForm),
      ...places.steps
        .slice(1)
        .map(({ offset }, i) =>
          lens(offset, vscode.l10n.t('Run from here'), CommandId.runRecipe, { from: String(i + 2) }),
        ),
    ];
  }
}
