import { join } from 'node:path';
import type { EngineRequests } from '../protocol';
import { EngineClient, type EngineClientOptions } from './engineClient';

/** What both engines answer. */
type SharedMethod = 'engine/hello';

/** Requests that read files, take moments and never load native code. */
export type ReadMethod =
  | SharedMethod
  | 'model/inspect'
  | 'graph/load'
  | 'graph/weight'
  | 'graph/weightPage'
  | 'graph/exportWeight'
  | 'graph/activation'
  | 'graph/overlay'
  | 'graph/pruned'
  | 'graph/mapping'
  | 'train/unfinished';

/** Requests that run models: they block the thread of their engine for as long as native code works, and it may crash. */
export type RunMethod = SharedMethod | Exclude<keyof EngineRequests, ReadMethod>;

/** The two engines: reading waits for no run, and a crash of native code takes no reading with it. */
export interface Engines {
  readonly reader: EngineClient<ReadMethod>;
  readonly runner: EngineClient<RunMethod>;
}

/** Creates both from the folder with their scripts; their processes start with the first request of each. */
export function createEngines(folder: string, options: Omit<EngineClientOptions, 'name' | 'enginePath'>): Engines {
  return {
    reader: new EngineClient({ ...options, name: 'reader', enginePath: join(folder, 'reader.js') }),
    runner: new EngineClient({ ...options, name: 'runner', enginePath: join(folder, 'engine.js') }),
  };
}
