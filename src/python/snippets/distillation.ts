import { addImport, appendArgument, insertAfter, insertBefore, replace, type ScriptEdit } from '../edits';
import { wholeFix } from '../finding';
import type { Script } from '../script';
import { argument, statementOf } from '../syntax';
import { lossMaker, type TrainerCall, type TrainingLoop } from '../training';
import { type Insertion, type InsertionTarget, modelAtLoop } from './insertion';

const CLASSIFICATION = /\.(CrossEntropyLoss|NLLLoss|MultiMarginLoss|cross_entropy|nll_loss|multi_margin_loss)$/;
/** A teacher's soft answers say nothing where there are no classes. */
const OTHER_LOSS =
  /(MSE|L1|Huber|BCE|CTC|mse_|l1_|huber|binary|gaussian|poisson|triplet|contrastive|cosine|ranking|quantile)/i;

/** Knowledge distillation (Hinton et al., 2015): a helper beside the script, and three lines in it. */
export function distillation(script: Script, target: InsertionTarget): Insertion | undefined {
  if (target.kind === 'trainer') return trainerInsertion(script, target.trainer);
  const edits = loopEdits(script, target.loop);
  return edits.length === 0 ? undefined : { edits, helper: { name: 'press_distillation.py', text: LOSS_HELPER } };
}

/** Nothing where the loop is run anew for each epoch: the teacher would be made anew as well. */
function loopEdits(script: Script, loop: TrainingLoop): ScriptEdit[] {
  const { loss, over } = loop;
  const model = modelAtLoop(script, loop);
  if (loss === undefined || model === undefined || over === 'one-epoch') return [];
  if (!isOnClasses(lossMaker(script, loss.call).name)) return [];
  const { assignment, logits, forward } = loss;
  const statement = statementOf(assignment.node);
  const inputs = forward.node.childForFieldName('arguments')?.text.slice(1, -1).trim() ?? '';
  const isNamed = logits.type === 'identifier';
  const outputs = isNamed ? logits.text : 'student_outputs';
  const teacher = [
    '# The model as it is now teaches what becomes of it; a larger model, trained for the same classes, teaches more.',
    `use_teacher(copy.deepcopy(${model}), temperature=4.0, alpha=0.7)`,
  ];
  return wholeFix([
    ...addImport(script, 'import copy'),
    ...addImport(script, 'from press_distillation import distil, use_teacher'),
    insertBefore(loop.block.node, teacher, script),
    ...(isNamed ? [] : [insertBefore(statement, [`${outputs} = ${logits.text}`], script), replace(logits, outputs)]),
    insertAfter(statement, [`${assignment.target} = distil(${assignment.target}, ${outputs}, ${inputs})`], script),
  ]);
}

function trainerInsertion(script: Script, { call, library }: TrainerCall): Insertion | undefined {
  const callee = call.node.childForFieldName('function');
  const model = argument(call.node, 'model', 0);
  if (library !== 'transformers' || call.method !== 'Trainer' || callee === null || model === undefined)
    return undefined;
  const edits = wholeFix([
    ...addImport(script, 'import copy'),
    ...addImport(script, 'from press_distillation_trainer import DistillationTrainer'),
    replace(callee, 'DistillationTrainer'),
    appendArgument(call.node, `teacher=copy.deepcopy(${model.text})`),
  ]);
  return { edits, helper: { name: 'press_distillation_trainer.py', text: TRAINER_HELPER } };
}

/** Losses of PyTorch on the logits of classes, and losses of others that are not known to be something else. */
function isOnClasses(loss: string): boolean {
  return loss.startsWith('torch.') ? CLASSIFICATION.test(loss) : !OTHER_LOSS.test(loss);
}

const LOSS_HELPER = `"""Knowledge distillation: a student learns from a teacher's soft answers (Hinton et al., 2015)."""

import torch
import torch.nn.functional as F

_settings = {}


def use_teacher(teacher, temperature=4.0, alpha=0.7):
    """Sets the teacher; alpha is its share of the loss, a higher temperature shows more of its doubts."""
    teacher.eval()
    teacher.requires_grad_(False)
    _settings.update(teacher=teacher, temperature=temperature, alpha=alpha)


def distil(task_loss, student_logits, *inputs, **named_inputs):
    """Mixes the loss on the labels with the divergence from the teacher's answer to the same inputs.

    Logits are [batch, classes, ...]. T^2 keeps the gradient's size when the temperature changes.
    """
    teacher, temperature, alpha = _settings["teacher"], _settings["temperature"], _settings["alpha"]
    with torch.no_grad():
        teacher_logits = teacher.to(student_logits.device)(*inputs, **named_inputs)
    divergence = F.kl_div(
        F.log_softmax(student_logits / temperature, dim=1),
        F.log_softmax(teacher_logits / temperature, dim=1),
        reduction="batchmean",
        log_target=True,
    )
    return alpha * temperature**2 * divergence + (1 - alpha) * task_loss
`;

const TRAINER_HELPER = `"""Knowledge distillation for transformers.Trainer (Hinton et al., 2015)."""

import torch
import torch.nn.functional as F
from transformers import Trainer


class DistillationTrainer(Trainer):
    """A Trainer whose loss is shared with the divergence from a teacher's logits, [batch, ..., classes]."""

    def __init__(self, *args, teacher, temperature=2.0, alpha=0.7, **kwargs):
        super().__init__(*args, **kwargs)
        self.teacher = teacher.eval().requires_grad_(False)
        self.temperature, self.alpha = temperature, alpha

    def compute_loss(self, model, inputs, return_outputs=False, **kwargs):
        task_loss, outputs = super().compute_loss(model, inputs, return_outputs=True, **kwargs)
        with torch.no_grad():
            teacher_logits = self.teacher.to(outputs.logits.device)(**inputs).logits
        divergence = F.kl_div(
            F.log_softmax(outputs.logits / self.temperature, dim=-1).flatten(0, -2),
            F.log_softmax(teacher_logits / self.temperature, dim=-1).flatten(0, -2),
            reduction="batchmean",
            log_target=True,
        )
        loss = self.alpha * self.temperature**2 * divergence + (1 - self.alpha) * task_loss
        return (loss, outputs) if return_outputs else loss
`;
