import * as vscode from 'vscode';
import type { PruneMethod, PrunePreview } from '../../protocol';
import { formatBytes } from '../../util/format';
import type { AskPreview } from './pruneFlow';
import { PRUNE_AMOUNTS, usualAmount } from './pruneMethods';
import { askStep } from './steps';

interface AmountItem extends vscode.QuickPickItem {
  readonly value: number | 'other' | 'protect';
}

/** An amount, and the layers that stay as they are. */
export interface AmountChoice {
  readonly amount: number;
  readonly protect: readonly string[];
}

/** Asks how much goes, with what is expected of each amount, and which layers stay: those of `initial` at first. */
export async function askAmount(
  title: string,
  method: PruneMethod,
  initial: readonly string[],
  askPreview: AskPreview,
): Promise<AmountChoice | 'back' | undefined> {
  let protect = initial;
  let preview = await askPreview(method, protect);
  for (;;) {
    const items = amountItems(method, preview, protect);
    const answer = await askStep({
      title,
      step: 2,
      totalSteps: 3,
      placeholder: vscode.l10n.t('How much should be taken out?'),
      items,
      active: items.find(({ value }) => value === usualAmount(method)),
    });
    if (answer === undefined || answer === 'back') return answer;
    if (answer.value === 'protect') {
      const chosen = await askProtected(title, preview, protect);
      if (chosen === undefined) continue;
      protect = chosen;
      preview = (await askPreview(method, protect)) ?? preview;
      continue;
    }
    const amount = answer.value === 'other' ? await askShare(title) : answer.value;
    if (amount !== undefined) return { amount, protect };
  }
}

/** The offered amounts, each with what the engine expects of it. */
export function amountItems(
  method: PruneMethod,
  preview: PrunePreview | undefined,
  protect: readonly string[],
): AmountItem[] {
  const items = PRUNE_AMOUNTS.map((amount): AmountItem => {
    const row = preview?.rows.find((candidate) => candidate.amount === amount);
    return {
      label: formatShare(amount),
      ...(amount === usualAmount(method) ? { description: vscode.l10n.t('usual') } : {}),
      ...(preview === undefined || row === undefined ? {} : { detail: expectation(preview, row) }),
      value: amount,
    };
  });
  items.push({ label: `$(edit) ${vscode.l10n.t('Another amount…')}`, value: 'other' });
  if (preview !== undefined && preview.groups.length > 0) {
    const detail =
      protect.length === 0
        ? vscode.l10n.t('layers that keep all their channels')
        : vscode.l10n.t('{0} protected: {1}', protect.length, protect.join(', '));
    items.push({ label: `$(lock) ${vscode.l10n.t('Protect layers…')}`, detail, value: 'protect' });
  }
  return items;
}

function expectation(preview: PrunePreview, row: PrunePreview['rows'][number]): string {
  const parts = [
    vscode.l10n.t('{0} of the multiply-accumulates', formatShare(row.macs / preview.macs)),
    formatBytes(row.sizeBytes),
  ];
  if (row.speedup !== undefined) parts.push(vscode.l10n.t('about {0}× as fast here', row.speedup.toFixed(2)));
  return parts.join(vscode.l10n.t(', '));
}

async function askProtected(
  title: string,
  preview: PrunePreview | undefined,
  chosen: readonly string[],
): Promise<string[] | undefined> {
  const items = (preview?.groups ?? [])
    // What was protected by hand can be freed again; what cannot be followed stays.
    .filter(({ group, protection }) => protection === undefined || chosen.includes(group))
    .map(({ group, units }) => ({
      label: group,
      description: vscode.l10n.t('{0} channels', units),
      picked: chosen.includes(group),
    }));
  // Names that stand for no group, such as patterns, are not offered and stay.
  const others = chosen.filter((name) => !items.some(({ label }) => label === name));
  const picked = await vscode.window.showQuickPick(items, {
    title,
    canPickMany: true,
    ignoreFocusOut: true,
    placeHolder: vscode.l10n.t('Which layers should keep all their channels?'),
  });
  return picked && [...others, ...picked.map(({ label }) => label)];
}

async function askShare(title: string): Promise<number | undefined> {
  const text = await vscode.window.showInputBox({
    title,
    ignoreFocusOut: true,
    prompt: vscode.l10n.t('How much should be taken out, in percent?'),
    value: '40',
    validateInput: (value) =>
      readShare(value) === undefined ? vscode.l10n.t('Enter a number between 1 and 95.') : undefined,
  });
  return text === undefined ? undefined : readShare(text);
}

/** A share from a percentage as a person types it; undefined when it is none or out of range. */
export function readShare(text: string): number | undefined {
  const match = /^\s*(\d{1,2}(?:[.,]\d{1,3})?)\s*%?\s*$/.exec(text);
  const percent = Number(match?.[1]?.replace(',', '.'));
  return percent >= 1 && percent <= 95 ? percent / 100 : undefined;
}

function formatShare(amount: number): string {
  return `${Math.round(amount * 100)} %`;
}
