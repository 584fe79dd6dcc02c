/** Where the page's first script leaves the worker that it started. */
const EARLY = 'onnxPressEarlyWorker';

/**
 * Starts a worker with the script at `scriptUrl`. A webview may not make a worker from another origin, so the script is
 * fetched and started from a blob (`connect-src` of the page's origin and `worker-src blob:`).
 */
export async function startWorker(scriptUrl: string): Promise<Worker> {
  const response = await fetch(scriptUrl);
  if (!response.ok) throw new Error(`The script of the layout could not be read (${response.status}).`);
  const blob = new Blob([await response.text()], { type: 'text/javascript' });
  return new Worker(URL.createObjectURL(blob));
}

/** Starts the worker of a page before the page's own script is there. */
export function startEarly(scriptUrl: string): void {
  const worker = startWorker(scriptUrl);
  // Who takes it gets the reason.
  worker.catch(() => undefined);
  Reflect.set(globalThis, EARLY, worker);
}

/** The worker that was started early, once; undefined on a page that has no such script. */
export function takeEarly(): Promise<Worker> | undefined {
  const worker: unknown = Reflect.get(globalThis, EARLY);
  Reflect.deleteProperty(globalThis, EARLY);
  // Only `startEarly` writes it.
  return worker instanceof Promise ? (worker as Promise<Worker>) : undefined;
}
