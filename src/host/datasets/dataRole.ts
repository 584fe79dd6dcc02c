/** What data is meant for, as far as its name says. */
export type DataRole = 'calibration' | 'evaluation' | 'unknown';

const CALIBRATION_WORDS = ['calibration', 'calib', 'cal', 'training', 'train'];
const EVALUATION_WORDS = ['evaluation', 'eval', 'testing', 'test', 'validation', 'valid', 'val'];

/** Endings that say what a file is, not what it is called. */
const ENDINGS = /\.(dataset\.json|json|npz|npy|jsonl)$/i;

/** What the name of a file or folder says about its use. The last telling word counts: `train_5k`, `digits-calibration`. */
export function dataRole(name: string): DataRole {
  for (const word of nameWords(name).reverse()) {
    if (CALIBRATION_WORDS.includes(word)) return 'calibration';
    if (EVALUATION_WORDS.includes(word)) return 'evaluation';
  }
  return 'unknown';
}

/** The name without ending and without the words that say the use: what a calibration and an evaluation set share. */
export function dataStem(name: string): string {
  return nameWords(name)
    .filter((word) => !CALIBRATION_WORDS.includes(word) && !EVALUATION_WORDS.includes(word))
    .join('-');
}

function nameWords(name: string): string[] {
  return name
    .replace(ENDINGS, '')
    .replace(/([a-z])([A-Z])/g, '$1-$2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '');
}
