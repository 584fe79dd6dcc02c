import { addImport, insertAfter, insertBefore, type ScriptEdit } from '../edits';
import { wholeFix } from '../finding';
import type { Script } from '../script';
import type { TrainerCall, TrainingLoop } from '../training';
import { addCallback, type Insertion, type InsertionTarget, lightningPackage, modelAtLoop } from './insertion';

/** Epochs over which sparsity grows where the loop does not say how many it has. */
const PRUNING_EPOCHS = 5;

/** Magnitude pruning along a cubic schedule (Zhu and Gupta, 2017), made permanent after the loop. */
export function pruningSchedule(script: Script, target: InsertionTarget): Insertion | undefined {
  const edits = target.kind === 'loop' ? loopEdits(script, target.loop) : trainerEdits(script, target.trainer);
  if (edits.length === 0) return undefined;
  const needsCallback = target.kind === 'trainer' && target.trainer.library === 'transformers';
  return needsCallback ? { edits, helper: { name: 'press_pruning.py', text: PRUNING_CALLBACK } } : { edits };
}

/** Nothing where no loop counts epochs: what is pruned in each would be pruned with every batch. */
function loopEdits(script: Script, loop: TrainingLoop): ScriptEdit[] {
  if (loop.over !== 'epochs') return [];
  const { node } = loop.block;
  const model = modelAtLoop(script, loop);
  const first = node.childForFieldName('body')?.firstNamedChild;
  if (model === undefined || !first) return [];
  const before = [
    '# Sparsity grows along a cubic curve; the last third of the epochs recovers accuracy.',
    'target_sparsity = 0.5',
    `pruning_epochs = ${pruningEpochs(node.childForFieldName('right')?.text)}`,
    'sparsities = [target_sparsity * (1 - (1 - step / pruning_epochs) ** 3) for step in range(pruning_epochs + 1)]',
    '# Of the weights that are left, the share that goes next.',
    'pruning_amounts = [(after - now) / (1 - now) for now, after in zip(sparsities, sparsities[1:])]',
    'pruned_weights = [',
    `${script.indent}(module, "weight") for module in ${model}.modules() if isinstance(module, (torch.nn.Conv2d, torch.nn.Linear))`,
    ']',
  ];
  const inside = [
    'if pruning_amounts:',
    `${script.indent}prune.global_unstructured(`,
    `${script.indent}${script.indent}pruned_weights, pruning_method=prune.L1Unstructured, amount=pruning_amounts.pop(0)`,
    `${script.indent})`,
  ];
  const after = [
    '# The masks become part of the weights; before this, the model is saved twice as large.',
    'for module, name in pruned_weights:',
    `${script.indent}prune.remove(module, name)`,
  ];
  return wholeFix([
    ...addImport(script, 'import torch'),
    ...addImport(script, 'from torch.nn.utils import prune'),
    insertBefore(node, before, script),
    insertBefore(first, inside, script),
    insertAfter(node, after, script),
  ]);
}

/** Two thirds of `range(epochs)`. */
function pruningEpochs(iterated: string | undefined): string {
  const count = /\brange\(\s*([\w.]+)\s*\)/.exec(iterated ?? '')?.[1];
  return count === undefined ? String(PRUNING_EPOCHS) : `max(1, 2 * ${count} // 3)`;
}

function trainerEdits(script: Script, { call, library }: TrainerCall): ScriptEdit[] {
  const callback =
    library === 'lightning'
      ? `ModelPruning("l1_unstructured", amount=lambda epoch: 0.13 if epoch < ${PRUNING_EPOCHS} else 0)`
      : 'PruningCallback(target_sparsity=0.5)';
  const line =
    library === 'lightning'
      ? `from ${lightningPackage(script)}.callbacks import ModelPruning`
      : 'from press_pruning import PruningCallback';
  return addCallback(script, call, callback, line);
}

/** The callback for Transformers, which brings none of its own. */
const PRUNING_CALLBACK = `"""Magnitude pruning for transformers.Trainer: sparsity grows along a cubic curve (Zhu and Gupta, 2017)."""

import torch
from torch.nn.utils import prune
from transformers import TrainerCallback


class PruningCallback(TrainerCallback):
    """Prunes the linear layers of the model at the start of each epoch, up to two thirds of the training."""

    def __init__(self, target_sparsity=0.5):
        self.target_sparsity = target_sparsity
        self.reached = 0.0

    @staticmethod
    def weights(model):
        return [(module, "weight") for module in model.modules() if isinstance(module, torch.nn.Linear)]

    def on_epoch_begin(self, args, state, control, model=None, **kwargs):
        epochs = max(1, round(args.num_train_epochs * 2 / 3))
        step = min(round(state.epoch or 0) + 1, epochs)
        wanted = self.target_sparsity * (1 - (1 - step / epochs) ** 3)
        if wanted > self.reached:
            amount = (wanted - self.reached) / (1 - self.reached)
            prune.global_unstructured(self.weights(model), pruning_method=prune.L1Unstructured, amount=amount)
            self.reached = wanted

    def on_train_end(self, args, state, control, model=None, **kwargs):
        for module, name in self.weights(model):
            if prune.is_pruned(module):
                prune.remove(module, name)
`;
