import { expect, it } from 'vitest';
import { shownMatches } from '../../../../webview/graph/app/shownMatches';
import { item } from '../scene/columnScene';

it('marks what was found, the closed group around it where it is hidden, and nothing that is not drawn', () => {
  const items = [item('g:0/a', { expanded: true }), item('n:0/1'), item('g:0/b')];
  const hit = (key: string, ...around: string[]) => ({ key, around, title: '', name: '' });
  const hits = [hit('n:0/1', 'g:0/a'), hit('n:0/7', 'g:0/a', 'g:0/b'), hit('n:1/3', 'n:0/9')];
  expect([...shownMatches(hits, { items, edges: [] })]).toEqual(['n:0/1', 'g:0/b']);
});
