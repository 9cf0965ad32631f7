// Softmax: one block of 256 threads a sample; exponentials relative to the largest value, which cannot overflow.
#include "reductions.cuh"
#include "tensors.cuh"

constexpr int THREADS = 256;

extern "C" __global__ void __launch_bounds__(THREADS) softmax_fp32(int values, Operand input, Target out) {
    __shared__ float parts[THREADS / WARP];
    const float* const from = input.floats(blockIdx.x);
    float* const to = out.floats(blockIdx.x);

    float largest = -3.402823466e38f;
    for (int i = threadIdx.x; i < values; i += THREADS) largest = fmaxf(largest, from[i]);
    largest = over_block(largest, parts, Maximum());

    float total = 0.0f;
    for (int i = threadIdx.x; i < values; i += THREADS) total += expf(from[i] - largest);
    total = over_block(total, parts, Sum());

    for (int i = threadIdx.x; i < values; i += THREADS) to[i] = expf(from[i] - largest) / total;
}
