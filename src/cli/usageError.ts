/** The command line itself is wrong: exit code 2. The message says what and what to write instead. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  constructor(
    message: string,
    /** The command whose help explains it. */
    readonly command?: string,
  ) {
    super(message);
  }
}
