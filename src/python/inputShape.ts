import { oncePer } from '../util/oncePer';
import type { Script } from './script';
import { argument, argumentsOf, integerValue } from './syntax';

const MAKES_TENSOR = /^torch\.(randn|rand|zeros|ones|empty)$/;
/** Shapes of one sample of well-known data sets: channels, height, width. */
const DATASETS: ReadonlyMap<string, readonly number[]> = new Map([
  ['MNIST', [1, 28, 28]],
  ['FashionMNIST', [1, 28, 28]],
  ['KMNIST', [1, 28, 28]],
  ['CIFAR10', [3, 32, 32]],
  ['CIFAR100', [3, 32, 32]],
  ['SVHN', [3, 32, 32]],
  ['STL10', [3, 96, 96]],
]);
const CROPS = ['CenterCrop', 'RandomResizedCrop', 'RandomCrop', 'Resize'];

/**
 * The shape of the model's input, batch first, as far as a script tells: an example tensor, the crop of the images, a
 * data set of known size, or the first layer. Undefined where it tells nothing.
 */
export const guessShape = oncePer((script: Script): number[] | undefined => {
  const [example] = script.calls.flatMap((call) => {
    if (!MAKES_TENSOR.test(call.name)) return [];
    const positional = argumentsOf(call.node).filter(({ keyword }) => keyword === undefined);
    const sizes = positional.map(({ value }) => integerValue(value));
    return sizes.length >= 2 && sizes.every((size) => size !== undefined) ? [sizes] : [];
  });
  if (example !== undefined) return [1, ...example.slice(1)];
  const dataset = script.calls.map(({ method }) => DATASETS.get(method)).find((shape) => shape !== undefined);
  const crop = script.calls
    .filter(({ method }) => CROPS.includes(method))
    .map(({ node }) => integerValue(argument(node, 'size', 0)))
    .find((size) => size !== undefined);
  if (crop !== undefined) return [1, dataset?.[0] ?? 3, crop, crop];
  return dataset === undefined ? firstLayer(script) : [1, ...dataset];
});

function firstLayer({ calls }: Script): number[] | undefined {
  for (const { name, node } of calls) {
    const size = integerValue(argumentsOf(node)[0]?.value);
    if (size === undefined) continue;
    if (name === 'torch.nn.Conv2d') return [1, size, 224, 224];
    if (name === 'torch.nn.Linear') return [1, size];
  }
  return undefined;
}
