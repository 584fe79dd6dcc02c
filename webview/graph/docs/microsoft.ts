import type { SummaryTable } from './operatorSummary';

/** Operators that ONNX Runtime adds in the com.microsoft domain: English, then Simplified Chinese. */
export const MICROSOFT: SummaryTable = {
  Attention: [
    'Multi-head self-attention with the query, key and value products fused in.',
    '融合查询、键、值乘法的多头自注意力。',
  ],
  BiasAdd: ['Adds a bias and a residual.', '加上偏置与残差。'],
  BiasGelu: ['Adds a bias, then Gelu.', '加上偏置后取 Gelu。'],
  BiasSoftmax: ['Adds a mask, then softmax.', '加上掩码后取 softmax。'],
  DequantizeBFP: ['Turns block floating point into real values.', '将块浮点数还原为实数。'],
  DequantizeLinear: [
    'Turns integers into real values; allows types that the standard operator once lacked.',
    '将整数还原为实数；支持标准算子早期缺少的类型。',
  ],
  DynamicQuantizeLSTM: [
    'LSTM with 8-bit weights and activations quantized at run time.',
    '权重为 8 位、激活在运行时量化的 LSTM。',
  ],
  DynamicQuantizeMatMul: [
    'Quantizes the input at run time and multiplies it with 8-bit weights.',
    '在运行时量化输入，并与 8 位权重相乘。',
  ],
  EmbedLayerNormalization: [
    'Sums word, position and segment embeddings, then layer normalisation.',
    '将词、位置与分段嵌入相加后做层归一化。',
  ],
  FastGelu: ['Gelu by its tanh approximation.', '以 tanh 近似计算的 Gelu。'],
  FusedConv: ['Convolution with its activation in one kernel.', '卷积与激活融合为一个内核。'],
  FusedGemm: ['Gemm with its activation in one kernel.', 'Gemm 与激活融合为一个内核。'],
  FusedMatMul: ['Matrix product with scale and transposes fused in.', '融合缩放与转置的矩阵乘法。'],
  GatherBlockQuantized: ['Embedding lookup in a block-wise quantized table.', '在分块量化的嵌入表中查询。'],
  Gelu: ['Gaussian error linear unit.', '高斯误差线性单元。'],
  GridSample: ['Samples an image at given coordinates.', '按给定坐标对图像采样。'],
  GroupNorm: ['Group normalisation with an optional activation.', '可带激活的分组归一化。'],
  GroupQueryAttention: [
    'Attention in which several query heads share one key and value head.',
    '多个查询头共享一个键值头的注意力。',
  ],
  MatMulBnb4: [
    'Matrix product with weights in 4-bit bitsandbytes formats.',
    '权重采用 bitsandbytes 4 位格式的矩阵乘法。',
  ],
  MatMulFpQ4: ['Matrix product with 4-bit weights.', '权重为 4 位的矩阵乘法。'],
  MatMulInteger16: ['Matrix product of 16-bit integers.', '16 位整数矩阵乘法。'],
  MatMulIntegerToFloat: [
    '8-bit integer matrix product whose result is scaled back to float.',
    '8 位整数矩阵乘法，结果缩放回浮点数。',
  ],
  MatMulNBits: [
    'Matrix product whose weights are stored in few bits (2, 4 or 8), in blocks with a scale each.',
    '矩阵乘法，权重以少量位数（2、4 或 8 位）分块存储，每块一个缩放。',
  ],
  MoE: [
    'Mixture of experts: a router sends each token to few feed-forward networks.',
    '专家混合：由路由将每个词元送往少数前馈网络。',
  ],
  MultiHeadAttention: [
    'Multi-head attention on query, key and value that are already projected.',
    '对已投影的查询、键、值做多头注意力。',
  ],
  NhwcConv: ['Convolution with channels last.', '通道在最后的卷积。'],
  NhwcMaxPool: ['Max pooling of 8-bit tensors with channels last.', '通道在最后的 8 位最大池化。'],
  PackedAttention: ['Self-attention on sequences packed without padding.', '对无填充打包序列的自注意力。'],
  QAttention: ['Multi-head self-attention with 8-bit weights and inputs.', '权重与输入为 8 位的多头自注意力。'],
  QGemm: ['Quantized Gemm: 8-bit matrix product with a 32-bit bias.', '量化 Gemm：8 位矩阵乘法加 32 位偏置。'],
  QLinearAdd: [
    'Sum of two quantized tensors, each with its scale and zero point.',
    '两个量化张量相加，各自带有缩放与零点。',
  ],
  QLinearAveragePool: ['Average pooling of quantized tensors.', '量化张量的平均池化。'],
  QLinearConcat: ['Joins quantized tensors, bringing them to one scale.', '拼接量化张量，并统一到同一缩放。'],
  QLinearConv: [
    'Convolution of quantized tensors, channels last where it is faster.',
    '量化张量的卷积，必要时通道在最后以加速。',
  ],
  QLinearGlobalAveragePool: ['Global average pooling of quantized tensors.', '量化张量的全局平均池化。'],
  QLinearLeakyRelu: ['Leaky ReLU of quantized tensors.', '量化张量的 Leaky ReLU。'],
  QLinearMul: ['Product of two quantized tensors.', '两个量化张量相乘。'],
  QLinearReduceMean: ['Mean of quantized tensors over axes.', '量化张量在给定轴上取平均值。'],
  QLinearSigmoid: ['Sigmoid of quantized tensors by a table of 256 values.', '以 256 项查找表计算量化张量的 sigmoid。'],
  QLinearSoftmax: ['Softmax of quantized tensors.', '量化张量的 softmax。'],
  QLinearWhere: ['Chooses between two quantized tensors.', '在两个量化张量之间选择。'],
  QMoE: ['Mixture of experts with quantized weights.', '权重量化的专家混合。'],
  QuantizeBFP: ['Turns real values into block floating point.', '将实数转换为块浮点数。'],
  QuantizeLinear: [
    'Turns real values into integers; allows types that the standard operator once lacked.',
    '将实数转换为整数；支持标准算子早期缺少的类型。',
  ],
  QuickGelu: ['x times the sigmoid of αx: a fast Gelu.', 'x 乘以 αx 的 sigmoid：快速 Gelu。'],
  RotaryEmbedding: ['Rotates pairs of features by the position.', '按位置旋转成对特征。'],
  SimplifiedLayerNormalization: ['Root mean square normalisation with a scale.', '带缩放的均方根归一化。'],
  SkipGroupNorm: ['Adds a residual, then group normalisation.', '加上残差后做分组归一化。'],
  SkipLayerNormalization: ['Adds a residual, then layer normalisation.', '加上残差后做层归一化。'],
  SkipSimplifiedLayerNormalization: [
    'Adds a residual, then root mean square normalisation.',
    '加上残差后做均方根归一化。',
  ],
  SparseAttention: ['Attention over a block-sparse pattern.', '采用块稀疏模式的注意力。'],
  TransposeMatMul: ['Matrix product with transposes fused in.', '融合转置的矩阵乘法。'],
};
