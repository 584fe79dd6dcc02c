import type { PruneImportance, PruneMethod, PruneSettings } from '../../protocol';
import { PRUNE_OPTIONS } from '../optionSpecs';
import type { ParsedOptions } from '../parseOptions';
import { UsageError } from '../usageError';
import { AUGMENTATION_OPTIONS, augmentationSettings, positiveNumber } from './trainSettings';

/** Which methods an option changes; all where it is not named. */
const METHODS: Readonly<Record<string, readonly PruneMethod[]>> = {
  amount: ['magnitude', 'block', 'channel', 'depth', 'low-rank'],
  importance: ['block', 'channel'],
  scope: ['magnitude', 'block', 'channel'],
  'min-channels': ['channel'],
  'target-macs': ['channel', 'depth'],
  'target-size': ['channel'],
  'target-latency': ['channel'],
  auto: ['channel'],
  steps: ['magnitude', 'block', 'channel'],
  'finetune-epochs': ['magnitude', 'nm', 'block', 'channel', 'depth'],
  nm: ['nm'],
  block: ['block'],
  energy: ['low-rank'],
  'no-recalibration': ['magnitude', 'nm', 'block', 'channel', 'depth'],
};

/** Shares to keep, of which one can be asked for. */
const BUDGETS = ['target-macs', 'target-size', 'target-latency'];

/** The settings that the options of `prune` ask for. Throws {@link UsageError} for options that change nothing. */
export function pruneSettings(options: ParsedOptions): PruneSettings {
  // The choices of an option are the members of the type that it stands for.
  const method = options.text('method') as PruneMethod | undefined;
  if (method === undefined) {
    const methods = PRUNE_OPTIONS.method.choices.join(', ');
    throw new UsageError(`prune needs --method: ${methods}.`, 'prune');
  }
  for (const [name, methods] of Object.entries(METHODS)) {
    if (!options.has(name) || methods.includes(method)) continue;
    throw new UsageError(
      `--${name} changes nothing with --method ${method}. Leave it out, or choose --method ${methods.join(' or ')}.`,
      'prune',
    );
  }
  refuseContradictions(options, method);
  const importance = options.text('importance') as PruneImportance | undefined;
  const scope = options.text('scope') as PruneSettings['scope'];
  const minChannels = options.count('min-channels');
  const steps = options.count('steps');
  const protect = options.texts('protect');
  const nm = options.has('nm') ? pair(options, 'nm', ':') : undefined;
  const block = options.has('block') ? pair(options, 'block', 'x') : undefined;
  if (nm && nm[0] >= nm[1]) throw new UsageError(`--nm ${nm.join(':')} removes nothing. Give N below M: 2:4.`, 'prune');
  return {
    method,
    ...share(options, 'amount', 'amount'),
    ...(importance === undefined ? {} : { importance }),
    ...(scope === undefined ? {} : { scope }),
    ...(protect.length === 0 ? {} : { protect }),
    ...(minChannels === undefined ? {} : { minChannels }),
    ...share(options, 'target-macs', 'targetMacs'),
    ...share(options, 'target-size', 'targetSize'),
    ...share(options, 'target-latency', 'targetLatency'),
    ...(options.has('auto') ? { auto: true } : {}),
    ...(steps === undefined ? {} : { steps }),
    ...finetune(options),
    ...(nm ? { nm } : {}),
    ...(block ? { block } : {}),
    ...share(options, 'energy', 'energy'),
    ...(options.has('no-recalibration') ? { recalibrate: false } : {}),
  };
}

function refuseContradictions(options: ParsedOptions, method: PruneMethod): void {
  const refuse = (message: string): never => {
    throw new UsageError(message, 'prune');
  };
  for (const other of [...BUDGETS, 'energy'])
    if (options.has(other) && options.has('amount'))
      refuse(`--amount and --${other} exclude each other. Leave one out.`);
  const budgets = BUDGETS.filter((name) => options.has(name));
  if (budgets.length > 1) refuse(`--${budgets.join(' and --')} exclude each other. Give one budget.`);
  if (options.has('auto') && budgets.length === 0)
    refuse('--auto needs a budget: --target-macs, --target-size or --target-latency.');
  if (!options.has('auto') && budgets[0] !== undefined && budgets[0] !== 'target-macs')
    refuse(`--${budgets[0]} needs --auto: it is met with amounts by layer.`);
  const norms: (string | undefined)[] = [undefined, 'l1', 'l2'];
  if (method === 'block' && !norms.includes(options.text('importance')))
    refuse(`--importance ${options.text('importance')} is not possible with --method block. Choose l1 or l2.`);
  if (options.text('importance') === 'activation' && !options.has('data'))
    refuse('--importance activation needs samples: give --data.');
  if (options.text('importance') === 'taylor' && !options.has('data'))
    refuse('--importance taylor needs samples with labels: give --data.');
}

/** Options that change nothing without training between the steps. */
const FINE_TUNING_ONLY = ['teacher', 'learning-rate', ...Object.keys(AUGMENTATION_OPTIONS)];

/** Training after each step, where it is asked for. */
function finetune(options: ParsedOptions): Pick<PruneSettings, 'finetune'> {
  const epochs = options.count('finetune-epochs');
  if (epochs === undefined) {
    const lonely = FINE_TUNING_ONLY.find((name) => options.has(name));
    if (lonely === undefined) return {};
    throw new UsageError(`--${lonely} changes nothing without --finetune-epochs. Leave it out, or give both.`, 'prune');
  }
  const learningRate = positiveNumber('prune', options, 'learning-rate');
  const augmentation = augmentationSettings('prune', options);
  return {
    finetune: {
      epochs,
      ...(options.has('teacher') ? { teacher: 'original' } : {}),
      ...(learningRate === undefined ? {} : { learningRate }),
      ...(augmentation === undefined ? {} : { augmentation }),
    },
  };
}

function share<K extends keyof PruneSettings>(options: ParsedOptions, option: string, key: K): Partial<PruneSettings> {
  const text = options.text(option);
  if (text === undefined) return {};
  if (!/^\d*\.?\d{1,9}$/.test(text) || Number(text) > 1 || Number(text) === 0)
    throw new UsageError(`--${option} ${text} is not possible. Give a share above 0, up to 1: 0.3.`, 'prune');
  return { [key]: Number(text) };
}

function pair(options: ParsedOptions, option: string, separator: string): [number, number] {
  const text = options.text(option) ?? '';
  const [, first, second] = new RegExp(`^(\\d{1,4})${separator}(\\d{1,4})$`).exec(text) ?? [];
  const [a, b] = [Number(first), Number(second)];
  if (a >= 1 && b >= 1) return [a, b];
  const example = option === 'nm' ? '2:4' : '4x1';
  throw new UsageError(`--${option} ${text} is not understood. Write it like --${option} ${example}.`, 'prune');
}
