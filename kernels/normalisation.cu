// Local response normalisation across channels (Krizhevsky et al., "ImageNet Classification with Deep Convolutional
// Neural Networks", 2012, with Caffe's division of alpha by the window):
//
//     result = x / (k + alpha / window * sum of the squares of the window's channels) ^ beta
//
// A thread computes some values, blockDim x gridDim apart; the grid gives each about four. Neighbouring lanes have
// neighbouring pixels of one channel.
#include "platform.cuh"
#include "tensors.cuh"

extern "C" __global__ void __launch_bounds__(256)
    lrn_fp32(TensorShape shape, int window, float k, float alpha, float beta, Operand input, Target out) {
    const long long values = static_cast<long long>(shape.samples) * shape.channels * shape.pixels;
    const long long threads = static_cast<long long>(gridDim.x) * blockDim.x;
    for (long long i = static_cast<long long>(blockIdx.x) * blockDim.x + threadIdx.x; i < values; i += threads) {
        const int pixel = static_cast<int>(i % shape.pixels);
        const int channel = static_cast<int>(i / shape.pixels % shape.channels);
        const int sample = static_cast<int>(i / shape.pixels / shape.channels);
        const float* const from = input.floats(sample) + pixel;
        const int first = max(channel - (window - 1) / 2, 0);
        const int last = min(channel + window / 2, shape.channels - 1);
        float squares = 0.0f;
        for (int other = first; other <= last; ++other) {
            const float value = from[static_cast<long long>(other) * shape.pixels];
            squares = fmaf(value, value, squares);
        }
        const float base = k + alpha / static_cast<float>(window) * squares;
        const long long place = static_cast<long long>(channel) * shape.pixels;
        out.floats(sample)[place + pixel] = from[place] * expf(-beta * logf(base));
    }
}
