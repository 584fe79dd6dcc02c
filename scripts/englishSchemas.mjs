/**
 * Leaves out zod's messages in fifty languages, two fifths of the code of an engine: what a person reads is made in the
 * host, in the languages of the extension.
 */
export const englishSchemas = {
  name: 'english-schemas',
  setup(build) {
    build.onLoad({ filter: /zod[\\/]v4[\\/]locales[\\/]index\.js$/ }, () => ({
      contents: "export { default as en } from './en.js';",
      loader: 'js',
    }));
  },
};
