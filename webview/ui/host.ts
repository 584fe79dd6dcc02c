/** The bridge to the extension that VS Code puts into every webview. */
interface WebviewApi<State> {
  postMessage(message: unknown): void;
  getState(): State | undefined;
  setState(state: State): State;
}

declare function acquireVsCodeApi<State>(): WebviewApi<State>;

/** Acquires the bridge; VS Code allows it once per page. */
export function acquireHost<State>(): WebviewApi<State> {
  return acquireVsCodeApi<State>();
}
