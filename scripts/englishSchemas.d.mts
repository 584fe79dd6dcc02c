import type { Plugin } from 'esbuild';

export declare const englishSchemas: Plugin;
