import type { OperatorCategory } from './display';

/** Operators of every family. The second list of a family holds those that only com.microsoft has. */
const FAMILIES: readonly (readonly [OperatorCategory, string, string])[] = [
  [
    'convolution',
    'Conv ConvInteger ConvTranspose DeformConv QLinearConv',
    'CausalConvWithState ConvTransposeWithDynamicPads DynamicQuantizeConv FusedConv NhwcConv NhwcFusedConv QLinearConvTranspose',
  ],
  [
    'matrix',
    'Det Einsum Gemm MatMul MatMulInteger QLinearMatMul',
    'DynamicQuantizeMatMul FusedGemm FusedMatMul FusedMatMulActivation GatedMatMul GemmFastGelu GemmFloat8 MatMulBnb4 MatMulFpQ4 MatMulInteger16 MatMulIntegerToFloat MatMulNBits MoE QGemm QMoE QOrderedMatMul SparseToDenseMatMul TransposeMatMul',
  ],
  [
    'activation',
    'Celu Clip Elu Gelu HardSigmoid HardSwish Hardmax LeakyRelu LogSoftmax Mish PRelu Relu Selu Shrink Sigmoid Softmax Softplus Softsign Swish Tanh ThresholdedRelu',
    'BiasGelu BiasSoftmax BiasSplitGelu FastGelu QLinearLeakyRelu QLinearSigmoid QLinearSoftmax QOrderedGelu QuickGelu Silu',
  ],
  [
    'normalization',
    'BatchNormalization GroupNormalization InstanceNormalization LRN LayerNormalization LpNormalization MeanVarianceNormalization Normalizer RMSNormalization Scaler SimplifiedLayerNormalization',
    'BiasAdd EmbedLayerNormalization GroupNorm QEmbedLayerNormalization QOrderedLayerNormalization SkipGroupNorm SkipLayerNormalization SkipSimplifiedLayerNormalization',
  ],
  [
    'pool',
    'AveragePool GlobalAveragePool GlobalLpPool GlobalMaxPool LpPool MaxPool MaxRoiPool MaxUnpool RoiAlign',
    'MaxpoolWithMask NhwcMaxPool QLinearAveragePool QLinearGlobalAveragePool',
  ],
  [
    'elementwise',
    'Abs Acos Acosh Add Asin Asinh Atan Atanh Ceil Cos Cosh Div Erf Exp Floor Log Max Mean Min Mod Mul Neg Pow Reciprocal Round Sign Sin Sinh Sqrt Sub Sum Tan',
    'BiasDropout ComplexMul ComplexMulConj Inverse QLinearAdd QLinearMul Rfft Irfft',
  ],
  [
    'reduction',
    'ArgMax ArgMin CumProd CumSum ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean ReduceMin ReduceProd ReduceSum ReduceSumSquare',
    'QLinearReduceMean ReduceSumInteger',
  ],
  [
    'shape',
    'BitCast Cast CastLike CastMap DepthToSpace Dropout EyeLike Expand Flatten Identity Reshape Shape Size SpaceToDepth Squeeze Transpose Unsqueeze',
    'ExpandDims NhwcToNchw ReorderInput ReorderOutput UnfoldTensor',
  ],
  [
    'data',
    'AffineGrid Bernoulli BlackmanWindow CenterCropPad Col2Im Compress Concat ConcatFromSequence Constant ConstantOfShape DFT DictVectorizer FeatureVectorizer Gather GatherElements GatherND GridSample HammingWindow HannWindow ImageDecoder Imputer LabelEncoder MelWeightMatrix Multinomial NonMaxSuppression NonZero OneHot OneHotEncoder Pad RandomNormal RandomNormalLike RandomUniform RandomUniformLike Range RegexFullMatch Resize ReverseSequence STFT Scatter ScatterElements ScatterND SequenceAt SequenceConstruct SequenceEmpty SequenceErase SequenceInsert SequenceLength Slice Split SplitToSequence StringConcat StringNormalizer StringSplit TensorScatter TfIdfVectorizer Tile TopK Trilu Unique Upsample Where',
    'BifurcationDetector CropAndResize DynamicTimeWarping GatherBlockQuantized MurmurHash3 NGramRepeatBlock Pad QLinearConcat QLinearWhere Range RemovePadding RestorePadding SampleOp Tokenizer Trilu Unique WordConvEmbedding',
  ],
  [
    'quantization',
    'DequantizeLinear DynamicQuantizeLinear QuantizeLinear',
    'DequantizeBFP DequantizeWithOrder QuantizeBFP QuantizeWithOrder',
  ],
  ['recurrent', 'GRU LSTM LinearAttention RNN', 'AttnLSTM DynamicQuantizeLSTM'],
  [
    'attention',
    'Attention FlexAttention RotaryEmbedding',
    'DecoderAttention DecoderMaskedMultiHeadAttention DecoderMaskedSelfAttention GatedRelativePositionBias GroupQueryAttention LongformerAttention MultiHeadAttention PackedAttention PackedMultiHeadAttention PagedAttention QAttention QOrderedAttention QOrderedLongformerAttention RelativePositionBias SparseAttention',
  ],
  [
    'control',
    'If Loop Optional OptionalGetElement OptionalHasElement Scan SequenceMap ZipMap',
    'BeamSearch GreedySearch Sampling WhisperBeamSearch',
  ],
  [
    'logic',
    'And Binarizer BitShift BitwiseAnd BitwiseNot BitwiseOr BitwiseXor Equal Greater GreaterOrEqual IsInf IsNaN Less LessOrEqual Not Or Xor',
    'IsAllFinite',
  ],
  [
    'other',
    'Adagrad Adam ArrayFeatureExtractor Gradient LinearClassifier LinearRegressor Momentum NegativeLogLikelihoodLoss SVMClassifier SVMRegressor SoftmaxCrossEntropyLoss TreeEnsemble TreeEnsembleClassifier TreeEnsembleRegressor',
    '',
  ],
];

const STANDARD_DOMAINS: ReadonlySet<string> = new Set(['', 'ai.onnx', 'ai.onnx.ml', 'ai.onnx.preview.training']);
const CONTRIBUTED_DOMAINS: ReadonlySet<string> = new Set([
  'com.microsoft',
  'com.microsoft.nchwc',
  'com.ms.internal.nhwc',
]);

const STANDARD = new Map(FAMILIES.flatMap(([category, standard]) => entries(category, standard)));
const CONTRIBUTED = new Map(FAMILIES.flatMap(([category, , contributed]) => entries(category, contributed)));

/** The family of an operator; `other` for operators of unknown domains, which are no operators that ONNX Runtime has. */
export function operatorCategory(operator: string, domain: string): OperatorCategory {
  if (STANDARD_DOMAINS.has(domain)) return STANDARD.get(operator) ?? 'other';
  if (CONTRIBUTED_DOMAINS.has(domain)) return CONTRIBUTED.get(operator) ?? STANDARD.get(operator) ?? 'other';
  return 'other';
}

function entries(category: OperatorCategory, names: string): [string, OperatorCategory][] {
  return names.split(' ').map((name) => [name, category]);
}
