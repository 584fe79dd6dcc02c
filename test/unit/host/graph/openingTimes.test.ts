import { describe, expect, it } from 'vitest';
import { OpeningClock } from '../../../../src/host/graph/openingTimes';

describe('the clock of an opening', () => {
  it('counts from when the graph was asked for, each step once', () => {
    let now = 150;
    const clock = new OpeningClock(100, () => now);
    clock.reach('document');
    now = 200;
    clock.reach('document');
    clock.reach('webview');
    now = 400;
    clock.reach('shown');
    expect(clock.times).toEqual({ document: 50, webview: 100, shown: 300 });
    expect(clock.summary()).toBe('shown after 300 ms (document 50, webview 100)');
  });

  it('begins anew with a webview that is loaded again', () => {
    let now = 100;
    const clock = new OpeningClock(0, () => now);
    clock.reach('document');
    clock.restart();
    now = 130;
    clock.reach('webview');
    expect(clock.times).toEqual({ webview: 30 });
  });
});
