import type { Session } from './session';

/** Has the host save a picture of the whole graph of the active pane. */
export async function exportPicture(session: Session, format: 'svg' | 'png'): Promise<void> {
  const { strings } = session;
  const { view, model, side } = session.active();
  if (view === undefined || model === undefined) return;
  try {
    const title = model.document.name;
    const content = format === 'svg' ? view.svg(title) : (await view.png(title))?.base64;
    if (content === undefined || content === '') {
      session.announce(strings.emptyGraph);
      return;
    }
    const { saved } = await session.request(side, 'savePicture', { format, content });
    if (saved) session.announce(strings.saved);
  } catch (error) {
    // The browser says of a picture that it cannot draw no more than that.
    session.announce(error instanceof DOMException ? strings.pictureTooLarge : messageOf(error));
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
