import { describe, expect, it } from 'vitest';
import { openDataset } from '../../../src/data/openDataset';
import type { TensorInfo } from '../../../src/onnx/tensorValue';
import { collect, float32Bytes, input, npy, plain, temporaryFolder, writeFile, zip } from './fixtures';

const x = input('x', ['n', 2]);

function openBytes(
  name: string,
  bytes: Uint8Array,
  inputs: readonly TensorInfo[] = [x],
): ReturnType<typeof openDataset> {
  return openDataset(writeFile(temporaryFolder(), name, bytes), inputs);
}

describe('.npy', () => {
  it.each<[string, Uint8Array, TensorInfo['type'], readonly unknown[]]>([
    ['<f4', float32Bytes([1, 2, 3, 4]), 'float32', [3, 4]],
    ['>f4', Buffer.from(float32Bytes([1, 2, 3, 4])).swap32(), 'float32', [3, 4]],
    ['<f8', new Uint8Array(Float64Array.of(1, 2, 3, 0.5).buffer), 'float32', [3, 0.5]],
    ['<f2', new Uint8Array(Uint16Array.of(0, 0, 0x3c00, 0x4000).buffer), 'float16', [0x3c00, 0x4000]],
    ['<f2', new Uint8Array(Uint16Array.of(0, 0, 0x3c00, 0x4000).buffer), 'float32', [1, 2]],
    ['|u1', Uint8Array.of(1, 2, 3, 255), 'uint8', [3, 255]],
    ['|u1', Uint8Array.of(1, 2, 3, 255), 'float32', [3, 255]],
    ['|i1', Uint8Array.of(1, 2, 3, 255), 'int8', [3, -1]],
    ['>i2', Uint8Array.of(0, 1, 0, 2, 0xff, 0xfe, 1, 0), 'int32', [-2, 256]],
    ['<u2', new Uint8Array(Uint16Array.of(1, 2, 3, 65535).buffer), 'uint16', [3, 65535]],
    ['<u4', new Uint8Array(Uint32Array.of(1, 2, 3, 4294967295).buffer), 'uint32', [3, 4294967295]],
    ['<i8', new Uint8Array(BigInt64Array.of(1n, 2n, -3n, 4n).buffer), 'int64', [-3n, 4n]],
    ['>u8', Buffer.from(new Uint8Array(BigUint64Array.of(1n, 2n, 3n, 4n).buffer)).swap64(), 'uint64', [3n, 4n]],
    ['|b1', Uint8Array.of(0, 1, 1, 0), 'bool', [1, 0]],
  ])('reads %s', async (descr, data, type, expected) => {
    const dataset = await openBytes('a.npy', npy(descr, [2, 2], data), [input('x', ['n', 2], type)]);
    expect(plain(await dataset.read(1), 'x')).toEqual({ type, dims: [1, 2], data: expected });
  });

  it.each([1, 2, 3] as const)('reads format version %i', async (version) => {
    const bytes = npy('<f4', [1, 2], float32Bytes([5, 6]), { version });
    expect(plain(await (await openBytes('a.npy', bytes)).read(0), 'x')?.data).toEqual([5, 6]);
  });

  it('puts an array in Fortran order into C order', async () => {
    const columnMajor = float32Bytes([0, 6, 2, 8, 4, 10, 1, 7, 3, 9, 5, 11]); // a[i][j][k] = 6i + 2j + k
    const dataset = await openBytes('a.npy', npy('<f4', [2, 3, 2], columnMajor, { fortran: true }), [
      input('x', ['n', 3, 2]),
    ]);
    expect((await collect(dataset)).map((sample) => plain(sample, 'x')?.data)).toEqual([
      [0, 1, 2, 3, 4, 5],
      [6, 7, 8, 9, 10, 11],
    ]);
  });

  it('reads labels from a second file named in a dataset file', async () => {
    const folder = temporaryFolder();
    writeFile(folder, 'x.npy', npy('<f4', [2, 2], float32Bytes([1, 2, 3, 4])));
    writeFile(folder, 'y.npy', npy('|u1', [2, 1], Uint8Array.of(4, 9)));
    const path = writeFile(folder, 'd.json', '{ "kind": "npy", "path": "x.npy", "labels": "y.npy" }');
    expect((await collect(await openDataset(path, [x]))).map(({ label }) => label)).toEqual([4, 9]);
  });

  it.each<[string, Buffer, string]>([
    ['object arrays', npy('|O', [2], Buffer.alloc(16)), 'has elements of type |O'],
    ['structured arrays', npy('x', [2], Buffer.alloc(8)), 'has elements of type x'],
    ['complex arrays', npy('<c8', [2], Buffer.alloc(16)), 'has elements of type <c8'],
    ['truncated data', npy('<f4', [2, 2], Buffer.alloc(15)), 'has 15 bytes of data, but its shape [2, 2] needs 16'],
    ['absurd shapes', npy('<f4', [2 ** 40, 2 ** 40], Buffer.alloc(4)), 'it is damaged'],
    ['other files', Buffer.from('something else'), 'is not a NumPy array'],
    ['empty files', Buffer.alloc(0), 'is not a NumPy array'],
    ['wrong shapes', npy('<f4', [2, 3], Buffer.alloc(24)), 'has shape [2, 3], but input "x" is [n, 2]'],
    ['scalars', npy('<f4', [], Buffer.alloc(4)), 'has shape []'],
    ['no samples', npy('<f4', [0, 2], Buffer.alloc(0)), 'holds no samples'],
  ])('refuses %s', async (_, bytes, message) => {
    await expect(openBytes('a.npy', bytes)).rejects.toMatchObject({
      code: 'bad-dataset',
      message: expect.stringContaining(message) as string,
    });
  });

  it('refuses values that the input cannot hold instead of rounding them', async () => {
    const dataset = await openBytes('a.npy', npy('<f4', [2, 2], float32Bytes([1, 2, 3, 0.5])), [
      input('x', ['n', 2], 'int64'),
    ]);
    await expect(dataset.read(1)).rejects.toThrow('holds 0.5 (float32), which input "x" of type int64 cannot take');
  });
});

describe('.npz', () => {
  const xs = npy('<f4', [3, 2], float32Bytes([1, 2, 3, 4, 5, 6]));
  const labels = npy('<i8', [3], new Uint8Array(BigInt64Array.of(2n, 1n, 0n).buffer));

  it.each([{}, { method: 'deflate' }, { wide: true }, { wide: true, method: 'deflate' }] as const)(
    'reads arrays and labels of an archive written with %j',
    async (how) => {
      const archive = zip([
        { name: 'x.npy', data: xs, ...how },
        { name: 'labels.npy', data: labels, ...how },
      ]);
      const dataset = await openBytes('a.npz', archive);
      expect((await collect(dataset)).map((sample) => [sample.label, ...(plain(sample, 'x')?.data ?? [])])).toEqual([
        [2, 1, 2],
        [1, 3, 4],
        [0, 5, 6],
      ]);
    },
  );

  it('feeds the only input from the only array, and says so', async () => {
    const dataset = await openBytes('a.npz', zip([{ name: 'images.npy', data: xs }]));
    expect(dataset.notes[0]?.message).toContain('Array "images"');
    expect(dataset.hasLabels).toBe(false);
  });

  it('feeds whole inputs when arrays have one axis more', async () => {
    const state = npy('<f4', [3, 2, 1], float32Bytes([1, 2, 3, 4, 5, 6]));
    const rate = npy('<i4', [3], new Uint8Array(Int32Array.of(7, 8, 9).buffer));
    const archive = zip([
      { name: 'state.npy', data: state },
      { name: 'rate.npy', data: rate },
    ]);
    const dataset = await openBytes('a.npz', archive, [input('state', [2, 'n']), input('rate', [], 'int64')]);
    const sample = await dataset.read(1);
    expect([plain(sample, 'state'), plain(sample, 'rate')]).toEqual([
      { type: 'float32', dims: [2, 1], data: [3, 4] },
      { type: 'int64', dims: [], data: [8n] },
    ]);
  });

  it('fills inputs that the archive does not feed with given constants', async () => {
    const path = writeFile(temporaryFolder(), 'a.npz', zip([{ name: 'x.npy', data: xs }]));
    const inputs = [x, input('rate', [], 'int64'), input('state', [2, 'n'])];
    const inputOptions = { shapes: {}, fills: { rate: 16000, state: 0 } };
    const sample = await (await openDataset(path, inputs, { inputOptions })).read(0);
    expect([plain(sample, 'rate'), plain(sample, 'state')]).toEqual([
      { type: 'int64', dims: [], data: [16000n] },
      { type: 'float32', dims: [2, 1], data: [0, 0] },
    ]);
    await expect(openDataset(path, inputs)).rejects.toThrow('give nothing for input "rate" of the model');
  });

  it.each<[string, Buffer, string]>([
    [
      'other names',
      zip([
        { name: 'a.npy', data: xs },
        { name: 'b.npy', data: xs },
      ]),
      'holds "a", "b", none named like',
    ],
    ['no arrays', zip([{ name: 'readme.txt', data: xs }]), 'holds no arrays'],
    ['encrypted entries', zip([{ name: 'x.npy', data: xs, flags: 1 }]), 'is encrypted'],
    ['unknown methods', zip([{ name: 'x.npy', data: xs, methodCode: 14 }]), 'is compressed with method 14'],
    ['bombs', zip([{ name: 'x.npy', data: xs, method: 'deflate', declaredSize: 8 }]), 'cannot be decompressed'],
    ['huge arrays', zip([{ name: 'x.npy', data: xs, method: 'deflate', declaredSize: 2 ** 31 }]), 'more than 1 GiB'],
    ['wrong sizes', zip([{ name: 'x.npy', data: xs, method: 'deflate', declaredSize: 999 }]), 'where 999 are declared'],
    ['sizes beyond the file', zip([{ name: 'x.npy', data: xs, declaredSize: 9999 }]), 'it is damaged'],
    ['truncated archives', zip([{ name: 'x.npy', data: xs }]).subarray(0, 150), 'is not a .npz archive'],
    [
      'unequal counts',
      zip([
        { name: 'x.npy', data: xs },
        { name: 'labels.npy', data: npy('|u1', [2], Buffer.alloc(2)) },
      ]),
      '3 samples need labels of [3]',
    ],
    [
      'fractional labels',
      zip([
        { name: 'x.npy', data: xs },
        { name: 'labels.npy', data: npy('<f4', [3], float32Bytes([0, 0.5, 1])) },
      ]),
      'holds 0.5, which is not a class index',
    ],
  ])('refuses %s', async (_, bytes, message) => {
    await expect(openBytes('a.npz', bytes)).rejects.toMatchObject({
      code: 'bad-dataset',
      message: expect.stringContaining(message) as string,
    });
  });
});
