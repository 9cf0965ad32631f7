// Convolution in FP32 as a matrix product whose left side is never stored (implicit GEMM; Chetlur et al., "cuDNN:
// Efficient Primitives for Deep Learning", 2014): result[pixel of a sample][filter] = patch x weights.
//
// A block computes one tile of pixels x filters; grid (tiles of pixels, tiles of filters). A thread computes DOWN x
// ACROSS sums. weights[filter][row][column][channel]; bias[filter]; the residual, if any, has the result's shape.
#include "epilogues.cuh"
#include "products.cuh"

template <int ROWS, int COLUMNS, int THREADS, int DOWN, int ACROSS>
__device__ void convolve(const ConvShape& shape, const Operand& image, const float* weights, const float* bias,
                         const Operand& residual, const Destinations& out) {
    __shared__ __align__(16) float stages[2][STEP * (ROWS + COLUMNS)];
    const int words = shape.channels * shape.window_height * shape.window_width;
    const int pixels = shape.out_height * shape.out_width;
    const Place place = {static_cast<int>(blockIdx.x) * ROWS, static_cast<int>(blockIdx.y) * COLUMNS,
                         shape.samples * pixels, shape.filters, pixels};

    PatchPanel<float, ROWS, THREADS> patches(shape, image, place.first_row);
    RowPanel<float, COLUMNS, THREADS> filters(weights, words, place.first_column, shape.filters, words);
    ThreadProduct<float, ROWS, COLUMNS, THREADS, DOWN, ACROSS> product;
    multiply<float, STEP * ROWS>(patches, filters, product, (words + STEP - 1) / STEP, stages);
    product.finish(FloatEpilogue{place, bias, residual, shape.relu, out});
}

// One function for each tile of the networks' lowering; BLOCKS to a multiprocessor bound the registers.
#define CONVOLUTION(NAME, ROWS, COLUMNS, THREADS, DOWN, ACROSS, BLOCKS)                                               \
    extern "C" __global__ void __launch_bounds__(THREADS, BLOCKS)                                                     \
        NAME(ConvShape shape, Operand image, const float* __restrict__ weights, const float* __restrict__ bias,       \
             Operand residual, Destinations out) {                                                                    \
        convolve<ROWS, COLUMNS, THREADS, DOWN, ACROSS>(shape, image, weights, bias, residual, out);                   \
    }

CONVOLUTION(conv_implicit_gemm_fp32_128x128, 128, 128, 256, 8, 8, 2)
CONVOLUTION(conv_implicit_gemm_fp32_128x64, 128, 64, 128, 8, 8, 4)
CONVOLUTION(conv_implicit_gemm_fp32_128x32, 128, 32, 128, 8, 4, 6)
CONVOLUTION(conv_implicit_gemm_fp32_64x64, 64, 64, 128, 8, 4, 6)
CONVOLUTION(conv_implicit_gemm_fp32_64x32, 64, 32, 128, 4, 4, 8)
CONVOLUTION(conv_implicit_gemm_fp32_32x32, 32, 32, 128, 4, 2, 8)
