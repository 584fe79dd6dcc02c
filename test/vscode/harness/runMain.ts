/** Ends the process with what `main` resolves to, or with 1 and the error on the console when it rejects. */
export function runMain(main: () => Promise<number>): void {
  void main().then(
    (code) => process.exit(code),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
}
