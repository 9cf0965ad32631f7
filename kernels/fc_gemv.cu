// Fully connected layers of at most eight samples. A warp computes one output of every sample, so the weights are
// read once; a block of eight warps does eight outputs; grid (blocks of eight outputs). weights[output][word].
#include "dense.cuh"
#include "products.cuh"

constexpr int GEMV_SAMPLES = 8, GEMV_THREADS = 256, GEMV_OUTPUTS = GEMV_THREADS / WARP;

// The sums of one output for every sample, in each lane.
template <class Word>
__device__ void gemv(const DenseShape& shape, const Word* input, long long pitch, const Word* weights, int output,
                     Word (&sums)[GEMV_SAMPLES]) {
    const Word* row = weights + static_cast<long long>(output) * shape.words;
    for (int word = threadIdx.x % WARP; word < shape.words; word += WARP) {
        const Word weight = row[word];
#pragma unroll
        for (int sample = 0; sample < GEMV_SAMPLES; ++sample) {
            if (sample < shape.samples) sums[sample] = multiply_add(input[sample * pitch + word], weight, sums[sample]);
        }
    }
#pragma unroll
    for (int sample = 0; sample < GEMV_SAMPLES; ++sample) {
        for (int distance = WARP / 2; distance > 0; distance /= 2) {
            sums[sample] += __shfl_xor_sync(WHOLE_WARP, sums[sample], distance);
        }
    }
}

// Calls f(sample, sum) for each sample, in one lane each.
template <class Word, class Visitor>
__device__ void visit_gemv(const DenseShape& shape, const Word (&sums)[GEMV_SAMPLES], const Visitor& visitor) {
#pragma unroll
    for (int sample = 0; sample < GEMV_SAMPLES; ++sample) {
        const bool mine = static_cast<int>(threadIdx.x % WARP) == sample;
        if (sample < shape.samples && mine) visitor(sample, sums[sample]);
    }
}

__device__ int gemv_output() { return blockIdx.x * GEMV_OUTPUTS + threadIdx.x / WARP; }

extern "C" __global__ void __launch_bounds__(GEMV_THREADS)
    fc_gemv_fp32(DenseShape shape, Operand input, const float* __restrict__ weights, const float* __restrict__ bias,
                 Destinations out) {
    const int output = gemv_output();
    if (output >= shape.outputs) return;
    float sums[GEMV_SAMPLES] = {};
    gemv(shape, input.floats(0), input.pitch, weights, output, sums);
    visit_gemv(shape, sums, [&](int sample, float sum) {
        const float value = sum + bias[output];
        out.targets[0].floats(sample)[output] = shape.relu ? fmaxf(value, 0.0f) : value;
    });
}

// Bytes of what is stored, or floats where `float_result` is set; see ByteEpilogue and DequantizingEpilogue.
extern "C" __global__ void __launch_bounds__(GEMV_THREADS)
    fc_gemv_int8(DenseShape shape, Operand input, const int* __restrict__ weights, const float* __restrict__ scale,
                 const float* __restrict__ bias, int float_result, Destinations out) {
    const int output = gemv_output();
    const bool exists = output < shape.outputs;
    if (output >= 4 * groups_of_four(shape.outputs)) return;
    int sums[GEMV_SAMPLES] = {};
    if (exists) gemv(shape, input.words(0), input.pitch, weights, output, sums);
    visit_gemv(shape, sums, [&](int sample, int sum) {
        float value = exists ? scaled(__int2float_rn(sum), scale[output], bias[output]) : 0.0f;
        if (shape.relu) value = fmaxf(value, 0.0f);
        const Target& target = out.targets[0];
        if (!float_result) {
            signed char* const bytes = reinterpret_cast<signed char*>(target.words(sample));
            bytes[output] = static_cast<signed char>(saturated_byte(value));
        } else if (exists) {
            target.floats(sample)[output] = value;
        }
    });
}
