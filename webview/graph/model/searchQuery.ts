/** What a search looks for: all terms must hold. */
export type SearchTerm =
  | { readonly field: 'any' | 'name' | 'operator' | 'type'; readonly text: string }
  | { readonly field: 'shape'; readonly dims: readonly string[]; readonly isOpen: boolean };

const FIELDS: Readonly<Record<string, 'name' | 'operator' | 'type' | 'shape'>> = {
  name: 'name',
  op: 'operator',
  operator: 'operator',
  type: 'type',
  dtype: 'type',
  shape: 'shape',
};

/** Other spellings of element types. */
const TYPE_NAMES: Readonly<Record<string, string>> = {
  fp32: 'float32',
  f32: 'float32',
  float: 'float32',
  fp16: 'float16',
  f16: 'float16',
  half: 'float16',
  bf16: 'bfloat16',
  fp64: 'float64',
  double: 'float64',
  u8: 'uint8',
  s8: 'int8',
  i8: 'int8',
  u16: 'uint16',
  s16: 'int16',
  u4: 'uint4',
  s4: 'int4',
  i32: 'int32',
  i64: 'int64',
};

/**
 * Parses `conv 256`, `op:Conv`, `name:layer1`, `dtype:int8`, `shape:1x64x*`. Quotes keep spaces together.
 * `*` in a shape stands for any size, at its end for any number of sizes.
 */
export function parseQuery(query: string): readonly SearchTerm[] {
  const words = query.match(/(?:[^\s"]|"[^"]*(?:"|$))+/g) ?? [];
  return words.flatMap((word): SearchTerm[] => {
    const plain = word.replaceAll('"', '').toLowerCase();
    const colon = plain.indexOf(':');
    const field = colon < 0 ? undefined : FIELDS[plain.slice(0, colon)];
    const text = field === undefined ? plain : plain.slice(colon + 1);
    if (text === '') return [];
    switch (field) {
      case undefined:
        return [{ field: 'any', text }];
      case 'shape':
        return [shapeTerm(text)];
      case 'type':
        return [{ field, text: TYPE_NAMES[text] ?? text }];
      default:
        return [{ field, text }];
    }
  });
}

function shapeTerm(text: string): SearchTerm {
  const dims = text.split(/[x×,]/).map((part) => part.trim());
  const isOpen = dims[dims.length - 1] === '*';
  return { field: 'shape', dims: isOpen ? dims.slice(0, -1) : dims, isOpen };
}
