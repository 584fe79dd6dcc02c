import type { EvaluationDataParams } from '../../protocol';
import type { ParsedOptions } from '../parseOptions';
import { UsageError } from '../usageError';

/** The parts of a request that every command with data shares. Throws {@link UsageError}, and `bad-option`. */
export async function dataParams(command: string, options: ParsedOptions): Promise<EvaluationDataParams> {
  const data = options.text('data');
  const synthetic = options.has('synthetic');
  const limit = options.count('limit');
  if (synthetic && data !== undefined) {
    throw new UsageError('--data and --synthetic exclude each other. Leave one out.', command);
  }
  const { parseInputOptions } = await import('../../recipe/parseInputOptions');
  return {
    ...(data === undefined ? {} : { data }),
    ...(synthetic ? { synthetic } : {}),
    ...(limit === undefined ? {} : { limit }),
    ...(options.has('allow-metric-command') ? { trusted: true } : {}),
    ...parseInputOptions(options.texts('shape'), options.texts('fill')),
    ...runParams(options),
  };
}

/** Threads and seed, where they are given. */
export function runParams(options: ParsedOptions): { threads?: number; seed?: number } {
  const threads = options.count('threads');
  const seed = options.count('seed');
  return { ...(threads === undefined ? {} : { threads }), ...(seed === undefined ? {} : { seed }) };
}
