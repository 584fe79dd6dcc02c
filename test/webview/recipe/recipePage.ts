import type { Browser } from 'playwright-core';
import type { RecipeFormMessage, RecipeFormRequest } from '../../../src/protocol';
import type { ThemeName } from '../graph/app/themes';
import { openSinglePage, serveSinglePage, type SinglePage } from '../singlePage';

/** The form of a recipe in a browser. */
export type RecipePage = SinglePage<RecipeFormRequest, RecipeFormMessage>;

export const serveRecipe = (): ReturnType<typeof serveSinglePage> => serveSinglePage('recipe');

/** Opens it in a page of its own; what it is sent is up to the test. */
export function openRecipe(browser: Browser, address: string, theme: ThemeName): Promise<RecipePage> {
  return openSinglePage(browser, address, theme, { width: 900, height: 1000 });
}
