// Tensors as kernels see them, and how results become what is stored.
//
// A tensor is an array of 32-bit words [sample][channel group][row][column]. In FP32 a word is one float and a group
// one channel (NCHW). In INT8 a word is four bytes of four neighbouring channels (NC/4HW4): channels are padded with
// zeros to a multiple of four, and the four bytes are one DP4A operand.
//
// `pitch` is the distance of two samples, in words. A tensor that is part of a joined one has the joined one's pitch,
// so joining costs nothing: the parts are written in place.
#pragma once

struct Operand {
    const void* data;
    long long pitch;

    __device__ const float* floats(int sample) const { return static_cast<const float*>(data) + sample * pitch; }
    __device__ const int* words(int sample) const { return static_cast<const int*>(data) + sample * pitch; }
};

struct Target {
    void* data;
    long long pitch;

    __device__ float* floats(int sample) const { return static_cast<float*>(data) + sample * pitch; }
    __device__ int* words(int sample) const { return static_cast<int*>(data) + sample * pitch; }
};

// Where the columns of a matrix product go. Convolutions of one input that differ only in their weights are one launch
// (see `merge_siblings` in the networks' lowering); their filters are neighbouring columns and go to different tensors.
// Every target but the last one takes a multiple of four columns, so four neighbours never part.
constexpr int MAX_DESTINATIONS = 4;

struct Destinations {
    Target targets[MAX_DESTINATIONS];
    int columns[MAX_DESTINATIONS];  // how many columns each target takes; 0 behind the last

    // The target of `column`, which becomes a column of that target. No index is computed, so all stays in registers.
    __device__ Target of(int& column) const {
        Target chosen = targets[0];
        int first = 0, passed = 0;
#pragma unroll
        for (int i = 1; i < MAX_DESTINATIONS; ++i) {
            passed += columns[i - 1];
            if (columns[i] > 0 && column >= passed) {
                chosen = targets[i];
                first = passed;
            }
        }
        column -= first;
        return chosen;
    }
};

struct TensorShape {
    int samples;
    int channels;
    int pixels;
};

__device__ __forceinline__ int groups_of_four(int channels) { return (channels + 3) / 4; }

// Byte `index` of a word, as a signed number.
__device__ __forceinline__ int byte_of(int word, int index) { return static_cast<signed char>(word >> (8 * index)); }

__device__ __forceinline__ int packed(int a, int b, int c, int d) {
    return (a & 255) | (b & 255) << 8 | (c & 255) << 16 | d << 24;
}

// The nearest 8-bit integer: halves go to the even neighbour, what is out of range to the nearest end. Comparing before
// rounding also catches values that no 32-bit integer holds.
__device__ __forceinline__ int saturated_byte(float value) {
    return __float2int_rn(fminf(fmaxf(value, -128.0f), 127.0f));
}

// Products and sums that must not be fused into one rounding: results are then the same on every GPU and processor.
__device__ __forceinline__ float scaled(float value, float scale, float offset) {
    return __fadd_rn(__fmul_rn(value, scale), offset);
}
