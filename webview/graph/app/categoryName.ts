import type { GraphStrings } from '../../../src/protocol';
import { CATEGORY_SIGNS } from '../scene/categories';
import type { OperatorCategory } from '../model/display';

/** Sign and name of an operator category for people, from its id. */
export function categoryName(id: string, strings: GraphStrings): string {
  const names: Readonly<Record<OperatorCategory, string>> = {
    convolution: strings.categoryConvolution,
    matrix: strings.categoryMatrix,
    activation: strings.categoryActivation,
    normalization: strings.categoryNormalization,
    pool: strings.categoryPool,
    elementwise: strings.categoryElementwise,
    reduction: strings.categoryReduction,
    shape: strings.categoryShape,
    data: strings.categoryData,
    quantization: strings.categoryQuantization,
    recurrent: strings.categoryRecurrent,
    attention: strings.categoryAttention,
    control: strings.categoryControl,
    logic: strings.categoryLogic,
    other: strings.categoryOther,
    boundary: strings.categoryBoundary,
  };
  if (!Object.hasOwn(names, id)) return id;
  // `hasOwn` made sure that the id is one of the table's.
  const category = id as OperatorCategory;
  return `${CATEGORY_SIGNS[category]} ${names[category]}`;
}
