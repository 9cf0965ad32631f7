// Fully connected layers of more than eight samples in INT8. The results are bytes; floats where `float_result` is set.
#include "dense_gemm.cuh"

#define FULLY_CONNECTED(NAME, ROWS, COLUMNS, THREADS, BLOCKS)                                                         \
    extern "C" __global__ void __launch_bounds__(THREADS, BLOCKS)                                                     \
        NAME(DenseShape shape, Operand input, const int* __restrict__ weights, const float* __restrict__ scale,       \
             const float* __restrict__ bias, int float_result, Destinations out) {                                    \
        ByteProduct<ROWS, COLUMNS, THREADS> product;                                                                  \
        const Place place = gemm<ROWS, COLUMNS, THREADS>(shape, input.words(0), input.pitch, weights, product);       \
        if (float_result) {                                                                                           \
            product.finish(DequantizingEpilogue{place, scale, bias, shape.relu, out});                                \
        } else {                                                                                                      \
            product.finish(ByteEpilogue{place, scale, bias, Operand{}, 0.0f, shape.relu, out});                       \
        }                                                                                                             \
    }

FULLY_CONNECTED(fc_gemm_int8_128x128, 128, 128, 256, 2)
FULLY_CONNECTED(fc_gemm_int8_128x64, 128, 64, 128, 4)
