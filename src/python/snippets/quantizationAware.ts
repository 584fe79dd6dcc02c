import { addImport, insertAfter, insertBefore } from '../edits';
import { wholeFix } from '../finding';
import { guessShape } from '../inputShape';
import type { Script } from '../script';
import { optimizerBefore, type TrainerCall, type TrainingLoop } from '../training';
import {
  addCallback,
  type Insertion,
  type InsertionTarget,
  lightningPackage,
  loaderOf,
  modelAtLoop,
} from './insertion';

/** What the workspace's Python has: torchao carries PT2E on, `torch.ao.quantization` has FX graph mode. */
export type QuantizationLibrary = 'torchao' | 'torch.ao';

/**
 * Quantization-aware training: fake quantization before the optimiser takes the parameters, int8 after the loop; for
 * trainers a callback. Undefined where the optimiser is made in another function than the loop, and where the loop is run
 * anew for each epoch.
 */
export function quantizationAware(
  script: Script,
  target: InsertionTarget,
  library: QuantizationLibrary,
): Insertion | undefined {
  if (target.kind === 'trainer') return trainerInsertion(script, target.trainer);
  const { loop } = target;
  const model = modelAtLoop(script, loop);
  const optimizer = optimizerBefore(script, loop.block);
  if (model === undefined || optimizer === undefined || loop.over === 'one-epoch') return undefined;
  const { imports, before, after } = library === 'torchao' ? pt2e(script, loop, model) : fx(script, loop, model);
  const edits = wholeFix([
    ...imports.flatMap((line) => addImport(script, line)),
    insertBefore(optimizer, before, script),
    insertAfter(loop.block.node, after, script),
  ]);
  return edits.length === 0 ? undefined : { edits };
}

interface Code {
  readonly imports: readonly string[];
  readonly before: readonly string[];
  readonly after: readonly string[];
}

function fx(script: Script, loop: TrainingLoop, model: string): Code {
  return {
    imports: [
      'import copy',
      'import torch',
      'from torch.ao.quantization import get_default_qat_qconfig_mapping',
      'from torch.ao.quantization.quantize_fx import convert_fx, prepare_qat_fx',
    ],
    before: [
      '# Fake quantization in the forward pass: the weights learn to live with int8.',
      `example_inputs = (${exampleInput(script, loop)},)`,
      `${model} = prepare_qat_fx(${model}.train(), get_default_qat_qconfig_mapping("fbgemm"), example_inputs)`,
    ],
    after: [
      '# The int8 model for the CPU; export the trained model before this to quantize it elsewhere.',
      `quantized_model = convert_fx(copy.deepcopy(${model}).cpu().eval())`,
    ],
  };
}

function pt2e(script: Script, loop: TrainingLoop, model: string): Code {
  return {
    imports: [
      'import copy',
      'import torch',
      'from torchao.quantization.pt2e import allow_exported_model_train_eval',
      'from torchao.quantization.pt2e.quantize_pt2e import convert_pt2e, prepare_qat_pt2e',
      'from torchao.quantization.pt2e.quantizer import x86_inductor_quantizer as xiq',
    ],
    before: [
      '# Fake quantization in the forward pass: the weights learn to live with int8.',
      `example_inputs = (${exampleInput(script, loop)},)`,
      'dynamic_batch = ({0: torch.export.Dim("batch")},)',
      `exported = torch.export.export(${model}.train(), example_inputs, dynamic_shapes=dynamic_batch).module()`,
      'quantizer = xiq.X86InductorQuantizer()',
      'quantizer.set_global(xiq.get_default_x86_inductor_quantization_config(is_qat=True))',
      `${model} = allow_exported_model_train_eval(prepare_qat_pt2e(exported, quantizer))`,
    ],
    after: ['# The int8 model for the CPU.', `quantized_model = convert_pt2e(copy.deepcopy(${model}).cpu())`],
  };
}

/** A batch of the loader where the loop is in the same function, else made-up numbers of the guessed shape. */
function exampleInput(script: Script, loop: TrainingLoop): string {
  const loader = loaderOf(loop);
  if (loader !== undefined) return `next(iter(${loader}))[0]`;
  // A batch of one would be taken for a constant.
  return `torch.randn(2, ${(guessShape(script) ?? [1, 3, 224, 224]).slice(1).join(', ')})`;
}

function trainerInsertion(script: Script, { call, library }: TrainerCall): Insertion | undefined {
  const line = 'from press_quantization import QuantizationAwareCallback';
  const edits = addCallback(script, call, 'QuantizationAwareCallback()', line);
  const callback = library === 'lightning' ? lightningCallback(lightningPackage(script)) : TRANSFORMERS_CALLBACK;
  return edits.length === 0 ? undefined : { edits, helper: { name: 'press_quantization.py', text: callback } };
}

/** The names of parameters stay as they are, so that checkpoints fit models with and without fake quantization. */
const FAKE_QUANTIZATION = `LAYERS = (torch.nn.Conv1d, torch.nn.Conv2d, torch.nn.Linear)


def int8_weight(weight):
    """The weight as int8 stores it, with a scale for each output channel; its gradient passes through the rounding."""
    scale = (weight.detach().float().abs().flatten(1).amax(1) / 127).clamp(min=1e-8)
    zero_point = torch.zeros_like(scale, dtype=torch.int32)
    return torch.fake_quantize_per_channel_affine(weight.float(), scale, zero_point, 0, -127, 127).to(weight.dtype)


def uint8_input(x):
    """The input as uint8 stores it, with one scale and zero point."""
    low, high = x.detach().float().amin().clamp(max=0), x.detach().float().amax().clamp(min=0)
    scale = ((high - low) / 255).clamp(min=1e-8)
    zero_point = (-low / scale).round().to(torch.int32)
    return torch.fake_quantize_per_tensor_affine(x.float(), scale, zero_point, 0, 255).to(x.dtype)


def forward(module, x):
    x, weight = uint8_input(x), int8_weight(module.weight)
    if isinstance(module, torch.nn.Linear):
        return F.linear(x, weight, module.bias)
    return module._conv_forward(x, weight, module.bias)


def start(model):
    """Lets the layers of a model compute with rounded weights and inputs; returns these layers."""
    layers = [module for module in model.modules() if type(module) in LAYERS and "forward" not in vars(module)]
    for module in layers:
        module.forward = functools.partial(forward, module)
    return layers


def finish(layers):
    """Lets layers compute in float again, with the weights that int8 stores."""
    with torch.no_grad():
        for module in layers:
            del module.forward
            module.weight.copy_(int8_weight(module.weight))
`;

function callbackModule(title: string, base: string, methods: string): string {
  return `"""Quantization-aware training for ${title} (Jacob et al., 2018): export the trained model, then quantize it."""

import functools

import torch
import torch.nn.functional as F
${base}


${FAKE_QUANTIZATION}

class QuantizationAwareCallback(${base.split(' ').at(-1) ?? ''}):
    """Trains convolution and linear layers as int8 computes them, from the first step to the last."""

${methods}`;
}

const TRANSFORMERS_CALLBACK = callbackModule(
  'transformers.Trainer',
  'from transformers import TrainerCallback',
  `    def on_train_begin(self, args, state, control, model=None, **kwargs):
        self.layers = start(model)

    def on_train_end(self, args, state, control, model=None, **kwargs):
        finish(self.layers)
`,
);

function lightningCallback(module: string): string {
  return callbackModule(
    'the Trainer of Lightning',
    `from ${module} import Callback`,
    `    def on_train_start(self, trainer, pl_module):
        self.layers = start(pl_module)

    def on_train_end(self, trainer, pl_module):
        finish(self.layers)
`,
  );
}
