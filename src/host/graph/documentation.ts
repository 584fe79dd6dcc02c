/** What an operator's name may consist of; anything else would change the address. */
const OPERATOR = /^[A-Za-z0-9_]+$/;

/** The page that documents an operator; undefined for domains without one and for names that are none. */
export function documentationUrl(operator: string, domain: string): string | undefined {
  if (!OPERATOR.test(operator)) return undefined;
  switch (domain) {
    case '':
    case 'ai.onnx':
      return `https://onnx.ai/onnx/operators/onnx__${operator}.html`;
    case 'ai.onnx.ml':
      return `https://onnx.ai/onnx/operators/onnx_aionnxml_${operator}.html`;
    case 'com.microsoft':
      return `https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md#com.microsoft.${operator}`;
    default:
      return undefined;
  }
}
