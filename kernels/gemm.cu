// Square matrix products, C = A B, row by row in memory. A sample is two matrices, [sample][A, then B][size][size].
//
// A block of 256 threads computes 64x64 elements of one C; grid (tiles down, tiles across, samples). 16 words of the
// inner dimension are staged in shared memory at a time, as two steps.
#include "products.cuh"

constexpr int SIDE = 64, THREADS = 256, DEPTH = 2 * STEP;

// Words of an operand for one step of DEPTH. In FP32 a word is one element. In INT8 it is four elements that follow
// each other along the inner dimension: side by side in A, one below the other in B.
__device__ float word_of_left(const float* matrix, int row, int word, int size) {
    return row < size && word < size ? matrix[static_cast<long long>(row) * size + word] : 0.0f;
}

__device__ float word_of_right(const float* matrix, int column, int word, int size) {
    return word_of_left(matrix, word, column, size);
}

__device__ int byte_at(const signed char* matrix, int row, int column, int size) {
    return row < size && column < size ? matrix[static_cast<long long>(row) * size + column] : 0;
}

__device__ int word_of_left(const signed char* matrix, int row, int word, int size) {
    return packed(byte_at(matrix, row, 4 * word, size), byte_at(matrix, row, 4 * word + 1, size),
                  byte_at(matrix, row, 4 * word + 2, size), byte_at(matrix, row, 4 * word + 3, size));
}

__device__ int word_of_right(const signed char* matrix, int column, int word, int size) {
    return packed(byte_at(matrix, 4 * word, column, size), byte_at(matrix, 4 * word + 1, column, size),
                  byte_at(matrix, 4 * word + 2, column, size), byte_at(matrix, 4 * word + 3, column, size));
}

// Lanes run along the words of A's rows and along the columns of B, as both lie in memory.
template <class Element, class Word>
__device__ void stage_operands(const Element* left, const Element* right, int first_word, int size, Word* left_stage,
                               Word* right_stage) {
#pragma unroll
    for (int i = threadIdx.x; i < SIDE * DEPTH; i += THREADS) {
        const int place = i % DEPTH, row = i / DEPTH;
        left_stage[place * SIDE + swizzled(place, row)] =
            word_of_left(left, blockIdx.x * SIDE + row, first_word + place, size);
        const int column = i % SIDE, below = i / SIDE;
        right_stage[below * SIDE + swizzled(below, column)] =
            word_of_right(right, blockIdx.y * SIDE + column, first_word + below, size);
    }
}

template <class Word>
struct Store {
    Word* result;
    int size;

    __device__ int columns(int local_column) const { return blockIdx.y * SIDE + local_column; }

    template <int COUNT>
    __device__ void store(int column, int local_row, const Word (&sums)[COUNT]) const {
        const int row = blockIdx.x * SIDE + local_row;
#pragma unroll
        for (int i = 0; i < COUNT; ++i) {
            if (row < size && column + i < size) result[static_cast<long long>(row) * size + column + i] = sums[i];
        }
    }
};

template <class Product, class Element, class Word>
__device__ void square_gemm(const Element* matrices, Word* results, int size, int words) {
    __shared__ __align__(16) Word left_stage[SIDE * DEPTH];
    __shared__ __align__(16) Word right_stage[SIDE * DEPTH];
    const long long elements = static_cast<long long>(size) * size;
    const Element* const left = matrices + blockIdx.z * 2 * elements;
    Product product;
    for (int word = 0; word < words; word += DEPTH) {
        stage_operands(left, left + elements, word, size, left_stage, right_stage);
        __syncthreads();
#pragma unroll
        for (int step = 0; step < DEPTH; step += STEP) {
            product.accumulate(left_stage + step * SIDE, right_stage + step * SIDE);
        }
        __syncthreads();
    }
    product.finish(Store<Word>{results + blockIdx.z * elements, size});
}

extern "C" __global__ void __launch_bounds__(THREADS, 4) gemm_f32(const float* matrices, float* results, int size) {
    square_gemm<ThreadProduct<float, SIDE, SIDE, THREADS, 4, 4>>(matrices, results, size, size);
}

extern "C" __global__ void __launch_bounds__(THREADS, 4) gemm_s8(const signed char* matrices, int* results, int size) {
#if LANESCOPE_USE_MMA
    square_gemm<WarpProduct<SIDE, SIDE, THREADS, 32, 16>>(matrices, results, size, groups_of_four(size));
#else
    square_gemm<ThreadProduct<int, SIDE, SIDE, THREADS, 4, 4>>(matrices, results, size, groups_of_four(size));
#endif
}
