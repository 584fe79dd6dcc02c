import * as vscode from 'vscode';

/** One question of a flow. */
export interface Step<T extends vscode.QuickPickItem> {
  readonly title: string;
  readonly step: number;
  readonly totalSteps: number;
  readonly placeholder: string;
  readonly items: readonly T[];
  readonly active?: T | undefined;
}

/** Asks one question; `back` when the person goes back, undefined when they leave the flow. */
export function askStep<T extends vscode.QuickPickItem>(step: Step<T>): Promise<T | 'back' | undefined> {
  const pick = vscode.window.createQuickPick<T>();
  pick.title = step.title;
  pick.step = step.step;
  pick.totalSteps = step.totalSteps;
  pick.placeholder = step.placeholder;
  pick.matchOnDescription = true;
  pick.matchOnDetail = true;
  // A native file dialog takes the focus away; the flow goes on afterwards.
  pick.ignoreFocusOut = true;
  pick.items = step.items;
  if (step.active !== undefined) pick.activeItems = [step.active];
  if (step.step > 1) pick.buttons = [vscode.QuickInputButtons.Back];
  return new Promise((resolve) => {
    let answer: T | 'back' | undefined;
    pick.onDidAccept(() => {
      [answer] = pick.selectedItems;
      if (answer !== undefined) pick.hide();
    });
    pick.onDidTriggerButton(() => {
      answer = 'back';
      pick.hide();
    });
    pick.onDidHide(() => {
      pick.dispose();
      resolve(answer);
    });
    pick.show();
  });
}
