// The way of an image into the network's own layout and number format, and between formats inside the network.
//
// A thread handles some words, blockDim x gridDim apart; the grid gives each about four values. Every byte of the
// copied images is read once, so that they may lie in the host's memory (zero-copy).
#include "platform.cuh"
#include "tensors.cuh"

// Images as they are copied in: floats in planes [sample][channel][pixel], or bytes as decoders leave them, with the
// channels of a pixel side by side [sample][pixel][channel].
struct FloatImages {
    const float* data;

    __device__ float at(const TensorShape& shape, int sample, int channel, int pixel) const {
        return data[(static_cast<long long>(sample) * shape.channels + channel) * shape.pixels + pixel];
    }
};

struct ByteImages {
    const unsigned char* data;

    __device__ float at(const TensorShape& shape, int sample, int channel, int pixel) const {
        return data[(static_cast<long long>(sample) * shape.pixels + pixel) * shape.channels + channel];
    }
};

// What a network wants of a pixel: (value - offset) * scale, each operation rounded.
struct Preparation {
    float offset, scale;

    __device__ float of(float value) const { return __fmul_rn(__fadd_rn(value, -offset), scale); }
};

// Calls f(sample, group, pixel) for each group of `size` channels of every pixel.
template <class Function>
__device__ void for_each_group(const TensorShape& shape, int size, const Function& function) {
    const int groups = (shape.channels + size - 1) / size;
    const long long count = static_cast<long long>(shape.samples) * groups * shape.pixels;
    const long long threads = static_cast<long long>(gridDim.x) * blockDim.x;
    for (long long i = static_cast<long long>(blockIdx.x) * blockDim.x + threadIdx.x; i < count; i += threads) {
        function(static_cast<int>(i / shape.pixels / groups), static_cast<int>(i / shape.pixels % groups),
                 static_cast<int>(i % shape.pixels));
    }
}

__device__ long long place_of(const TensorShape& shape, int channel, int pixel) {
    return static_cast<long long>(channel) * shape.pixels + pixel;
}

template <class Images>
__device__ void ingest_floats(const TensorShape& shape, Images images, Preparation preparation, Target out) {
    for_each_group(shape, 1, [&](int sample, int channel, int pixel) {
        const float value = preparation.of(images.at(shape, sample, channel, pixel));
        out.floats(sample)[place_of(shape, channel, pixel)] = value;
    });
}

template <class Images>
__device__ void ingest_bytes(const TensorShape& shape, Images images, Preparation preparation, float inverse_step,
                             Target out) {
    for_each_group(shape, 4, [&](int sample, int group, int pixel) {
        int bytes[4] = {};
#pragma unroll
        for (int i = 0; i < 4; ++i) {
            const int channel = 4 * group + i;
            if (channel < shape.channels) {
                const float value = preparation.of(images.at(shape, sample, channel, pixel));
                bytes[i] = saturated_byte(__fmul_rn(value, inverse_step));
            }
        }
        out.words(sample)[place_of(shape, group, pixel)] = packed(bytes[0], bytes[1], bytes[2], bytes[3]);
    });
}

extern "C" __global__ void __launch_bounds__(256)
    ingest_fp32_to_fp32(TensorShape shape, const float* images, Preparation preparation, Target out) {
    ingest_floats(shape, FloatImages{images}, preparation, out);
}

extern "C" __global__ void __launch_bounds__(256)
    ingest_uint8_to_fp32(TensorShape shape, const unsigned char* images, Preparation preparation, Target out) {
    ingest_floats(shape, ByteImages{images}, preparation, out);
}

extern "C" __global__ void __launch_bounds__(256)
    ingest_fp32_to_int8(TensorShape shape, const float* images, Preparation preparation, float inverse_step,
                        Target out) {
    ingest_bytes(shape, FloatImages{images}, preparation, inverse_step, out);
}

extern "C" __global__ void __launch_bounds__(256)
    ingest_uint8_to_int8(TensorShape shape, const unsigned char* images, Preparation preparation, float inverse_step,
                         Target out) {
    ingest_bytes(shape, ByteImages{images}, preparation, inverse_step, out);
}

// Floats in planes to bytes in groups of four channels, and back.
extern "C" __global__ void __launch_bounds__(256)
    quantize(TensorShape shape, Operand input, float inverse_step, Target out) {
    for_each_group(shape, 4, [&](int sample, int group, int pixel) {
        int bytes[4] = {};
#pragma unroll
        for (int i = 0; i < 4; ++i) {
            const int channel = 4 * group + i;
            if (channel < shape.channels) {
                const float value = input.floats(sample)[place_of(shape, channel, pixel)];
                bytes[i] = saturated_byte(__fmul_rn(value, inverse_step));
            }
        }
        out.words(sample)[place_of(shape, group, pixel)] = packed(bytes[0], bytes[1], bytes[2], bytes[3]);
    });
}

extern "C" __global__ void __launch_bounds__(256)
    dequantize(TensorShape shape, Operand input, float step, Target out) {
    for_each_group(shape, 4, [&](int sample, int group, int pixel) {
        const int word = input.words(sample)[place_of(shape, group, pixel)];
#pragma unroll
        for (int i = 0; i < 4; ++i) {
            const int channel = 4 * group + i;
            if (channel < shape.channels) {
                out.floats(sample)[place_of(shape, channel, pixel)] = __fmul_rn(__int2float_rn(byte_of(word, i)), step);
            }
        }
    });
}
