import { answerLayout } from './answerLayout';
import { transferablesOf, type LayoutRequest } from './messages';
import { warmUp } from './warmUp';

// The entry point of the worker: lays out the graphs that the page sends, one after another.
const scope = self as unknown as DedicatedWorkerScope; // the compiler knows the types of a page only

/** The part of a dedicated worker's global scope that is used here. */
interface DedicatedWorkerScope {
  onmessage: ((event: MessageEvent<LayoutRequest>) => void) | null;
  postMessage(message: unknown, transfer: Transferable[]): void;
}

scope.onmessage = ({ data }) => {
  const answer = answerLayout(data);
  scope.postMessage(answer, 'result' in answer ? transferablesOf(answer.result) : []);
};
warmUp();
