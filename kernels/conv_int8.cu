// Convolution in INT8 with 32-bit sums: the same implicit product as in FP32, four bytes a word, on tensor cores
// (mma.m16n8k32) where there are any, else by DP4A. The sums become bytes again before they are stored.
//
// A block computes one tile of pixels x filters; grid (tiles of pixels, tiles of filters).
// weights[filter][row][column][channel, padded to four]; scale[filter], bias[filter] as `ByteEpilogue` wants them.
#include "epilogues.cuh"
#include "products.cuh"

template <int ROWS, int COLUMNS, int THREADS>
__device__ void convolve(const ConvShape& shape, const Operand& image, const int* weights, const float* scale,
                         const float* bias, const Operand& residual, float residual_scale, const Destinations& out) {
    __shared__ __align__(16) int stages[2][STEP * (ROWS + COLUMNS)];
    const int words = shape.channels * shape.window_height * shape.window_width;
    const int pixels = shape.out_height * shape.out_width;
    const Place place = {static_cast<int>(blockIdx.x) * ROWS, static_cast<int>(blockIdx.y) * COLUMNS,
                         shape.samples * pixels, shape.filters, pixels};

    PatchPanel<int, ROWS, THREADS> patches(shape, image, place.first_row);
    RowPanel<int, COLUMNS, THREADS> filters(weights, words, place.first_column, shape.filters, words);
    ByteProduct<ROWS, COLUMNS, THREADS> product;
    multiply<int, STEP * ROWS>(patches, filters, product, (words + STEP - 1) / STEP, stages);
    product.finish(ByteEpilogue{place, scale, bias, residual, residual_scale, shape.relu, out});
}

#define CONVOLUTION(NAME, ROWS, COLUMNS, THREADS, BLOCKS)                                                             \
    extern "C" __global__ void __launch_bounds__(THREADS, BLOCKS)                                                     \
        NAME(ConvShape shape, Operand image, const int* __restrict__ weights, const float* __restrict__ scale,        \
             const float* __restrict__ bias, Operand residual, float residual_scale, Destinations out) {              \
        convolve<ROWS, COLUMNS, THREADS>(shape, image, weights, scale, bias, residual, residual_scale, out);          \
    }

CONVOLUTION(conv_implicit_gemm_int8_128x128, 128, 128, 256, 2)
CONVOLUTION(conv_implicit_gemm_int8_128x64, 128, 64, 128, 4)
