/**
 * Control characters, lone halves of surrogate pairs and what else XML does not allow; and the characters that turn the
 * direction of what follows, by which a name could pass for another.
 */
const UNSEEN =
  // eslint-disable-next-line no-control-regex -- control characters are what it is about
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\ufffe\uffff\ud800-\udfff]/gu;

/** A name from a file as it is drawn: what could not be seen, or would change how the rest is seen, becomes U+FFFD. */
export function visibleText(text: string): string {
  return text.replace(UNSEEN, '\ufffd');
}
