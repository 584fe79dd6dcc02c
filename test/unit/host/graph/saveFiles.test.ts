import { describe, expect, it } from 'vitest';
import { pngBytes, safeName, svgBytes } from '../../../../src/host/graph/saveFiles';

describe('the picture that the webview sends', () => {
  it('is taken as SVG only when it is one', () => {
    expect(svgBytes('<svg xmlns="http://www.w3.org/2000/svg"/>')).toHaveLength(41);
    expect(svgBytes('<?xml version="1.0"?>\n<svg>')).toBeDefined();
    expect(svgBytes('<html><svg>')).toBeUndefined();
    expect(svgBytes('#!/bin/sh')).toBeUndefined();
  });

  it('is taken as PNG only when it is one', () => {
    const png = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 1, 2, 3]);
    expect(pngBytes(png.toString('base64'))).toEqual(png);
    expect(pngBytes(Buffer.from('MZ and more').toString('base64'))).toBeUndefined();
    expect(pngBytes('')).toBeUndefined();
  });
});

it('makes a tensor name safe as part of a file name', () => {
  expect(safeName('/layer1/conv.weight')).toBe('_layer1_conv.weight');
  expect(safeName('..\\..\\x:y')).toBe('.._.._x_y');
  expect(safeName('')).toBe('tensor');
  expect(safeName('a'.repeat(300))).toHaveLength(80);
});
