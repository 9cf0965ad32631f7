// Fully connected layers of more than eight samples in FP32.
#include "dense_gemm.cuh"

#define FULLY_CONNECTED(NAME, ROWS, COLUMNS, THREADS, DOWN, ACROSS, BLOCKS)                                           \
    extern "C" __global__ void __launch_bounds__(THREADS, BLOCKS)                                                     \
        NAME(DenseShape shape, Operand input, const float* __restrict__ weights, const float* __restrict__ bias,      \
             Destinations out) {                                                                                      \
        ThreadProduct<float, ROWS, COLUMNS, THREADS, DOWN, ACROSS> product;                                           \
        const Place place = gemm<ROWS, COLUMNS, THREADS>(shape, input.floats(0), input.pitch, weights, product);      \
        product.finish(FloatEpilogue{place, bias, Operand{}, shape.relu, out});                                       \
    }

FULLY_CONNECTED(fc_gemm_fp32_128x128, 128, 128, 256, 8, 8, 2)
FULLY_CONNECTED(fc_gemm_fp32_128x64, 128, 64, 128, 8, 8, 4)
FULLY_CONNECTED(fc_gemm_fp32_128x32, 128, 32, 128, 8, 4, 6)
FULLY_CONNECTED(fc_gemm_fp32_64x64, 64, 64, 128, 8, 4, 6)
FULLY_CONNECTED(fc_gemm_fp32_64x32, 64, 32, 128, 4, 4, 8)
FULLY_CONNECTED(fc_gemm_fp32_32x32, 32, 32, 128, 4, 2, 8)
