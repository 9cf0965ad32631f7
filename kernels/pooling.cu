// Pooling over square windows as in Caffe. A thread computes some words of the result, blockDim x gridDim apart; the
// grid gives each about four. In INT8 a word is four channels, whose step does not change: no result is requantized.
#include "platform.cuh"
#include "tensors.cuh"

struct PoolShape {
    int samples;
    int channels;  // in words: groups of four in INT8
    int height, width;
    int window, stride, pad;
    int out_height, out_width;
};

// The part of a window that lies inside the image, and the area by which an average divides: Caffe counts padded
// pixels, but none beyond the padding, where a last window may reach because the result's size is rounded up.
struct Window {
    int top, bottom, left, right, area;

    __device__ Window(const PoolShape& shape, int y, int x) {
        const int first_row = y * shape.stride - shape.pad, first_column = x * shape.stride - shape.pad;
        const int last_row = min(first_row + shape.window, shape.height + shape.pad);
        const int last_column = min(first_column + shape.window, shape.width + shape.pad);
        area = (last_row - first_row) * (last_column - first_column);
        top = max(first_row, 0), left = max(first_column, 0);
        bottom = min(last_row, shape.height), right = min(last_column, shape.width);
    }
};

struct FloatMaximum {
    using Word = float;
    float value = -3.402823466e38f;

    __device__ void add(float word) { value = fmaxf(value, word); }
    __device__ float result(int) const { return value; }
};

struct FloatAverage {
    using Word = float;
    float sum = 0.0f;

    __device__ void add(float word) { sum = __fadd_rn(sum, word); }
    __device__ float result(int area) const { return __fdiv_rn(sum, static_cast<float>(area)); }
};

struct ByteMaximum {
    using Word = int;
    int value = 0x80808080;

    __device__ void add(int word) { value = static_cast<int>(__vmaxs4(value, word)); }
    __device__ int result(int) const { return value; }
};

struct ByteAverage {
    using Word = int;
    int sums[4] = {};

    __device__ void add(int word) {
#pragma unroll
        for (int i = 0; i < 4; ++i) sums[i] += byte_of(word, i);
    }

    __device__ int result(int area) const {
        int bytes[4];
#pragma unroll
        for (int i = 0; i < 4; ++i) {
            bytes[i] = saturated_byte(__fdiv_rn(__int2float_rn(sums[i]), static_cast<float>(area)));
        }
        return packed(bytes[0], bytes[1], bytes[2], bytes[3]);
    }
};

template <class Reduction>
__device__ void pool(const PoolShape& shape, const Operand& image, const Target& out) {
    using Word = typename Reduction::Word;
    const int plane = shape.height * shape.width, out_plane = shape.out_height * shape.out_width;
    const long long words = static_cast<long long>(shape.samples) * shape.channels * out_plane;
    const long long threads = static_cast<long long>(gridDim.x) * blockDim.x;
    for (long long i = static_cast<long long>(blockIdx.x) * blockDim.x + threadIdx.x; i < words; i += threads) {
        const int pixel = static_cast<int>(i % out_plane);
        const long long channel = i / out_plane % shape.channels, sample = i / out_plane / shape.channels;
        const Word* from = static_cast<const Word*>(image.data) + sample * image.pitch + channel * plane;
        const Window window(shape, pixel / shape.out_width, pixel % shape.out_width);
        Reduction reduction;
        for (int y = window.top; y < window.bottom; ++y) {
            for (int x = window.left; x < window.right; ++x) reduction.add(from[y * shape.width + x]);
        }
        Word* to = static_cast<Word*>(out.data) + sample * out.pitch + channel * out_plane;
        to[pixel] = reduction.result(window.area);
    }
}

extern "C" __global__ void __launch_bounds__(256) max_pool_fp32(PoolShape shape, Operand image, Target out) {
    pool<FloatMaximum>(shape, image, out);
}

extern "C" __global__ void __launch_bounds__(256) avg_pool_fp32(PoolShape shape, Operand image, Target out) {
    pool<FloatAverage>(shape, image, out);
}

extern "C" __global__ void __launch_bounds__(256) max_pool_int8(PoolShape shape, Operand image, Target out) {
    pool<ByteMaximum>(shape, image, out);
}

extern "C" __global__ void __launch_bounds__(256) avg_pool_int8(PoolShape shape, Operand image, Target out) {
    pool<ByteAverage>(shape, image, out);
}
