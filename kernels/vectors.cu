// The triad of McCalpin's STREAM, a = b + s * c. A sample is two vectors, [sample][b, then c][size]; one thread an
// element of the result, blocks of 256.
#include "platform.cuh"

extern "C" __global__ void __launch_bounds__(256)
    triad_f32(const float* vectors, float* out, long long size, long long elements, float s) {
    const long long i = static_cast<long long>(blockIdx.x) * blockDim.x + threadIdx.x;
    if (i >= elements) return;
    const float* const b = vectors + i / size * 2 * size + i % size;
    out[i] = fmaf(s, b[size], b[0]);
}
