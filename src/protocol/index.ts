export type * from './engine';
export type * from './report';
