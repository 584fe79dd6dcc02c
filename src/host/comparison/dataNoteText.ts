import { l10n } from 'vscode';
import type { DataNote } from '../../protocol';

/** A note on the data in the person's language. One of a later version keeps its own words. */
export function dataNoteText({ code, message, values }: DataNote): string {
  const value = (name: string): string | number => values[name] ?? '';
  switch (code) {
    case 'folder-without-classes':
      return l10n.t('{0} has no class folders, so its images have no labels.', value('folder'));
    case 'empty-classes':
      return l10n.t('Class folders without images: {0}.', value('names'));
    case 'loose-images':
      return l10n.t('{0} images outside the class folders of {1} are not used.', value('count'), value('folder'));
    case 'resized':
      return l10n.t('Images are resized to {0}, the size of input "{1}".', value('size'), value('input'));
    case 'raw-pixels':
      return l10n.t(
        'Pixel values are fed to input "{0}" as they are, 0 to 255. If the model was trained on normalised images, set "scale", "mean" and "std" in the "preprocess" of a dataset file.',
        value('input'),
      );
    case 'rounded':
      return l10n.t(
        'Input "{0}" is {1}: preprocessed pixel values are rounded and clamped to it.',
        value('input'),
        value('type'),
      );
    case 'only-array':
      return l10n.t(
        'Array "{0}" of {1} feeds "{2}", the model\'s only input.',
        value('array'),
        value('path'),
        value('input'),
      );
    default:
      return message;
  }
}
