import { expect, it } from 'vitest';
import { dataRole, dataStem } from '../../../src/host/datasets/dataRole';

it.each([
  ['digits-calibration.dataset.json', 'calibration', 'digits'],
  ['digits-evaluation.dataset.json', 'evaluation', 'digits'],
  ['train_5k.npz', 'calibration', '5k'],
  ['test_5k.npz', 'evaluation', '5k'],
  ['cifar10_train.dataset.json', 'calibration', 'cifar10'],
  ['val', 'evaluation', ''],
  ['imageValidation', 'evaluation', 'image'],
  ['calib.jsonl', 'calibration', ''],
  // Only whole words tell.
  ['constraints.npz', 'unknown', 'constraints'],
  ['latest.jsonl', 'unknown', 'latest'],
  // The last word tells: the test split of a set called training.
  ['training-test.npz', 'evaluation', ''],
])('reads %s as %s data of "%s"', (name, role, stem) => {
  expect([dataRole(name), dataStem(name)]).toEqual([role, stem]);
});
