export type * from './engine';
export type * from './evaluate';
export type * from './report';
export type * from './reportPanel';
