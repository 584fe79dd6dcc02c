import { fill } from '../../ui/format';
import type { Session } from './session';

/** Below this many pixels for each CSS pixel, the texts of a picture cannot be read. */
const LEAST_LEGIBLE_SCALE = 0.3;

/** Has the host save a picture of the whole graph of the active pane. */
export async function exportPicture(session: Session, format: 'svg' | 'png'): Promise<void> {
  const { strings, formats } = session;
  const { view, model, side } = session.active();
  if (view === undefined || model === undefined) return;
  try {
    const title = model.document.name;
    const png = format === 'png' ? await view.png(title) : undefined;
    const content = format === 'svg' ? view.svg(title) : png?.base64;
    if (content === undefined || content === '') {
      session.announce(strings.emptyGraph);
      return;
    }
    const { saved } = await session.request(side, 'savePicture', { format, content });
    const isSmall = png !== undefined && png.scale < LEAST_LEGIBLE_SCALE;
    if (saved) session.announce(isSmall ? fill(strings.savedSmall, formats.percent(png.scale)) : strings.saved);
  } catch (error) {
    // The browser says of a picture that it cannot draw no more than that.
    session.announce(error instanceof DOMException ? strings.pictureTooLarge : messageOf(error));
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
