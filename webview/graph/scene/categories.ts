import type { OperatorCategory } from '../model/display';

/**
 * A sign for every operator category, so that none is known by its colour alone.
 * All are in the fonts that come with the systems VS Code runs on.
 */
export const CATEGORY_SIGNS: Readonly<Record<OperatorCategory, string>> = {
  convolution: '▦',
  matrix: '⊗',
  activation: 'ƒ',
  normalization: 'σ',
  pool: '▽',
  elementwise: '±',
  reduction: 'Σ',
  shape: '◱',
  data: '◆',
  quantization: '♯',
  recurrent: '↺',
  attention: '◎',
  control: '⋔',
  logic: '¬',
  other: '○',
  boundary: '●',
};

/** All categories, in the order of the legend. */
export const CATEGORIES = Object.keys(CATEGORY_SIGNS) as readonly OperatorCategory[]; // the record names every one

/** Signs of what differs from the other model. */
export const CHANGE_SIGNS = { added: '+', removed: '−', changed: '~' } as const;

/** Sign of what loses channels together with the selected node: a link of a chain. */
export const COUPLED_SIGN = '∞';

/** Signs of a container that can be opened and of one that can be closed. */
export const TOGGLE_SIGNS = { collapsed: '▸', expanded: '▾' } as const;
