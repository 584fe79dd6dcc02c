export type * from './engine';
export type * from './report';
export type * from './reportPanel';
