import * as vscode from 'vscode';
import type { PruneMethod, PruneSettings } from '../../protocol';

/** In the order in which they are offered. */
export const PRUNE_METHODS: readonly PruneMethod[] = ['channel', 'depth', 'nm', 'magnitude', 'block', 'low-rank'];

/** Shares that are offered; another one can be typed. */
export const PRUNE_AMOUNTS: readonly number[] = [0.1, 0.3, 0.5, 0.7];

/** The amount that is offered first. */
export function usualAmount(method: PruneMethod): number {
  return method === 'channel' || method === 'depth' ? 0.3 : 0.5;
}

/** Whether a method takes an amount; 2:4 says itself how much goes. */
export function takesAmount(method: PruneMethod): boolean {
  return method !== 'nm';
}

/** The settings of a pruning; of what leaves the shapes alone, `protect` is passed on all the same. */
export function pruneSettings(
  method: PruneMethod,
  amount: number | undefined,
  protect: readonly string[],
): PruneSettings {
  return {
    method,
    ...(amount === undefined || !takesAmount(method) ? {} : { amount }),
    ...(protect.length === 0 ? {} : { protect }),
  };
}

/** Name, result and price of a method, each one line. */
export function methodText(method: PruneMethod): { label: string; description: string; detail: string } {
  switch (method) {
    case 'channel':
      return {
        label: vscode.l10n.t('Channels'),
        description: vscode.l10n.t('smaller and faster in every runtime'),
        detail: vscode.l10n.t('Whole channels are taken out, with everything coupled to them. Fine-tune afterwards.'),
      };
    case 'depth':
      return {
        label: vscode.l10n.t('Residual branches'),
        description: vscode.l10n.t('shallower, and the fastest for what it removes'),
        detail: vscode.l10n.t(
          'Whole branches beside shortcuts are taken out, those first that the outputs miss least. Fine-tune afterwards.',
        ),
      };
    case 'nm':
      return {
        label: vscode.l10n.t('2:4 sparsity'),
        description: vscode.l10n.t('for sparse hardware; no faster on CPUs'),
        detail: vscode.l10n.t('Two of every four weights become zero. Dense runtimes multiply the zeros all the same.'),
      };
    case 'magnitude':
      return {
        label: vscode.l10n.t('Single weights'),
        description: vscode.l10n.t('compresses well; runs no faster'),
        detail: vscode.l10n.t('The smallest weights become zero. The file shrinks only when it is compressed.'),
      };
    case 'block':
      return {
        label: vscode.l10n.t('Blocks of weights'),
        description: vscode.l10n.t('for kernels that skip blocks; else no faster'),
        detail: vscode.l10n.t('Blocks of 4 outputs by 1 input become zero. Dense runtimes multiply them all the same.'),
      };
    case 'low-rank':
      return {
        label: vscode.l10n.t('Low rank'),
        description: vscode.l10n.t('smaller and faster where matrices are large'),
        detail: vscode.l10n.t('Matrices become products of two thin ones, where that is measured to be faster here.'),
      };
  }
}
