/** The element types that ONNX Runtime's JavaScript API can feed and fetch, by its names. */
export type TensorElementType =
  | 'float32'
  | 'float64'
  | 'float16'
  | 'int8'
  | 'uint8'
  | 'int16'
  | 'uint16'
  | 'int32'
  | 'uint32'
  | 'int64'
  | 'uint64'
  | 'bool'
  | 'string';

/** Dense data in row-major order. float16 is held as its 16 bits (Uint16Array), bool as 0/1 bytes. */
export type TensorData =
  | Float32Array
  | Float64Array
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array
  | readonly string[];

/** A concrete tensor at run time: what a dataset yields, a session takes and a session returns. */
export interface TensorValue {
  readonly type: TensorElementType;
  readonly dims: readonly number[];
  readonly data: TensorData;
}

/** Values by tensor name: the inputs of one run, or its outputs. */
export type TensorMap = Readonly<Record<string, TensorValue>>;

/** What a graph input or output declares. A dimension is a size, or a name (dynamic), or null (unknown). */
export interface TensorInfo {
  readonly name: string;
  readonly type: TensorElementType | 'unknown';
  readonly dims: readonly (number | string | null)[];
}
