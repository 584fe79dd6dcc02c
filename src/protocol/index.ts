export type * from './engine';
export type * from './evaluate';
export type * from './report';
export type * from './reportPanel';
export type * from './graph';
export type * from './graphPanel';
export type * from './graphStrings';
