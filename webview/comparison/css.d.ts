declare module '*.css' {
  /** The style sheet as text; a plain import adds it to the bundle's style sheet instead. */
  const text: string;
  export default text;
}
