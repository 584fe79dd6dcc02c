import { isObject } from './guards';

/** The message inside a packed one; anything else as it is, and undefined where a packed one holds no JSON. */
export function unpackMessage(data: unknown): unknown {
  if (!isObject(data) || data['type'] !== 'graph/packed' || !(data['json'] instanceof Uint8Array)) return data;
  try {
    const message: unknown = JSON.parse(new TextDecoder().decode(data['json']));
    return message;
  } catch {
    return undefined;
  }
}
