import { fillTemplate } from '../util/fillTemplate';

const TEXTS = {
  'folder-without-classes': '{folder} has no class folders, so its images have no labels.',
  'empty-classes': 'Class folders without images: {names}.',
  'loose-images': '{count} images outside the class folders of {folder} are not used.',
  resized: 'Images are resized to {size}, the size of input "{input}".',
  'raw-pixels':
    'Pixel values are fed to input "{input}" as they are, 0 to 255. ' +
    'If the model was trained on normalised images, set "scale", "mean" and "std" in the "preprocess" of a dataset file.',
  rounded: 'Input "{input}" is {type}: preprocessed pixel values are rounded and clamped to it.',
  'only-array': 'Array "{array}" of {path} feeds "{input}", the model\'s only input.',
} as const;

/** A choice made for the person that they may want to change; the code and the values say what the message says. */
export interface DataNote {
  readonly code: keyof typeof TEXTS;
  /** One or two English sentences. */
  readonly message: string;
  readonly values: Readonly<Record<string, string | number>>;
}

/** Makes a note; `values` are those that the text of the code names. */
export function dataNote(code: DataNote['code'], values: DataNote['values']): DataNote {
  return { code, message: fillTemplate(TEXTS[code], values), values };
}
