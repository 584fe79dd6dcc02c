import { l10n } from 'vscode';
import type { Advice, AdviceAction, QuantizeParams } from '../../protocol';

/** What pressing a button of an advice does. */
export type AdviceStep =
  /** Quantize again with these settings. */
  | { readonly kind: 'quantize'; readonly params: QuantizeParams }
  | { readonly kind: 'mixed'; readonly params: QuantizeParams }
  | { readonly kind: 'ask' }
  | { readonly kind: 'layers' }
  | { readonly kind: 'fusion' }
  | { readonly kind: 'compare' };

/** A button of an advice. */
export interface AdviceButton {
  readonly label: string;
  readonly step: AdviceStep;
}

/** The buttons of an advice; `run` is how the compressed model was made, where that is known. */
export function adviceButtons({ actions }: Advice, run: QuantizeParams | undefined): AdviceButton[] {
  return actions.flatMap((action) => {
    const button = buttonOf(action, run);
    return button === undefined ? [] : [button];
  });
}

function buttonOf(action: AdviceAction, run: QuantizeParams | undefined): AdviceButton | undefined {
  const again = (label: string, settings: Partial<QuantizeParams['settings']>): AdviceButton | undefined =>
    run && { label, step: { kind: 'quantize', params: { ...run, settings: { ...run.settings, ...settings } } } };
  switch (action.kind) {
    case 'exclude': {
      const exclude = [...new Set([...(run?.settings.exclude ?? []), ...action.nodes])];
      return again(l10n.t('Quantize Without {0} Nodes', action.nodes.length), { exclude });
    }
    case 'settings':
      return again(l10n.t('Quantize Again: {0}', settingsText(action.settings)), action.settings);
    case 'layers':
      return again(l10n.t('Quantize Again, {0} Layers Differently', Object.keys(action.layers).length), {
        layers: { ...run?.settings.layers, ...action.layers },
      });
    case 'run':
      return commandButton(action.command, run);
  }
}

function commandButton(
  command: Extract<AdviceAction, { kind: 'run' }>['command'],
  run: QuantizeParams | undefined,
): AdviceButton | undefined {
  switch (command) {
    case 'quantize':
      return { label: l10n.t('Quantize Again…'), step: { kind: 'ask' } };
    case 'mixed':
      return run?.settings.mode === 'static'
        ? { label: l10n.t('Search Mixed Precision'), step: { kind: 'mixed', params: run } }
        : undefined;
    case 'sensitivity':
      return { label: l10n.t('Measure Error by Layer'), step: { kind: 'layers' } };
    case 'fusion':
      return { label: l10n.t('Check Fusion'), step: { kind: 'fusion' } };
    case 'compare':
      return { label: l10n.t('Measure Again'), step: { kind: 'compare' } };
    case 'prune':
    case 'train':
      // Other programs can act on these; there is no such command here.
      return undefined;
  }
}

/** `calibration entropy, perChannel`: settings as recipes name them. */
function settingsText(settings: Partial<QuantizeParams['settings']>): string {
  return Object.entries(settings)
    .map(([name, value]) => (value === true ? name : `${name} ${String(value)}`))
    .join(', ');
}
