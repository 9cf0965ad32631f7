// How the threads of a block multiply one staged step, and which sums each of them holds.
//
// A product adds `accumulate(left, right)` of every step to its sums, and at the end hands them to an epilogue, two
// or four neighbouring columns at a time: group = epilogue.columns(column), then epilogue.store(group, row, sums) for
// each row, with rows and columns relative to the block's tile.
#pragma once

#include "platform.cuh"
#include "staging.cuh"

__device__ __forceinline__ float multiply_add(float a, float b, float sum) { return fmaf(a, b, sum); }

__device__ __forceinline__ int multiply_add(int a, int b, int sum) { return add_byte_products(a, b, sum); }

__device__ __forceinline__ void load_four(const float* from, float* to) {
    const float4 four = *reinterpret_cast<const float4*>(from);
    to[0] = four.x, to[1] = four.y, to[2] = four.z, to[3] = four.w;
}

__device__ __forceinline__ void load_four(const int* from, int* to) {
    const int4 four = *reinterpret_cast<const int4*>(from);
    to[0] = four.x, to[1] = four.y, to[2] = four.z, to[3] = four.w;
}

// COUNT words of one staged word row: neighbours in fours, or two.
template <int COUNT, class Word>
__device__ __forceinline__ void load_neighbours(const Word* from, Word* to) {
    if (COUNT == 4) {
        load_four(from, to);
    } else {
#pragma unroll
        for (int i = 0; i < COUNT; ++i) to[i] = from[i];
    }
}

// Each thread computes DOWN x ACROSS sums with ordinary instructions. Its rows are groups of four neighbours, spread
// evenly over the tile, so that the lanes of a warp read neighbouring vectors; its columns likewise.
template <class Word, int ROWS, int COLUMNS, int THREADS, int DOWN, int ACROSS>
struct ThreadProduct {
    static constexpr int SIDE = 4;
    static constexpr int WIDE = ACROSS < 4 ? ACROSS : 4;
    static constexpr int ROW_SLOTS = ROWS / DOWN;
    static constexpr int COLUMN_SLOTS = COLUMNS / ACROSS;
    static_assert(ROW_SLOTS * COLUMN_SLOTS == THREADS && DOWN % SIDE == 0 && ACROSS % WIDE == 0, "tile and threads");

    Word sums[ACROSS][DOWN] = {};

    __device__ void accumulate(const Word* left, const Word* right) {
#pragma unroll
        for (int word = 0; word < STEP; ++word) {
            Word a[DOWN], b[ACROSS];
#pragma unroll
            for (int i = 0; i < DOWN; i += SIDE) load_four(left + word * ROWS + swizzled(word, row(i)), a + i);
#pragma unroll
            for (int j = 0; j < ACROSS; j += WIDE) {
                load_neighbours<WIDE>(right + word * COLUMNS + swizzled(word, column(j)), b + j);
            }
#pragma unroll
            for (int j = 0; j < ACROSS; ++j) {
#pragma unroll
                for (int i = 0; i < DOWN; ++i) sums[j][i] = multiply_add(a[i], b[j], sums[j][i]);
            }
        }
    }

    template <class Epilogue>
    __device__ void finish(const Epilogue& epilogue) const {
#pragma unroll
        for (int j = 0; j < ACROSS; j += WIDE) {
            const auto group = epilogue.columns(column(j));
#pragma unroll
            for (int i = 0; i < DOWN; ++i) {
                Word values[WIDE];
#pragma unroll
                for (int k = 0; k < WIDE; ++k) values[k] = sums[j + k][i];
                epilogue.store(group, row(i), values);
            }
        }
    }

    __device__ static int row(int i) {
        return i / SIDE * (SIDE * ROW_SLOTS) + threadIdx.x % ROW_SLOTS * SIDE + i % SIDE;
    }

    __device__ static int column(int j) {
        return j / WIDE * (WIDE * COLUMN_SLOTS) + threadIdx.x / ROW_SLOTS * WIDE + j % WIDE;
    }
};

#if LANESCOPE_USE_MMA

// Each warp computes DOWN x ACROSS sums of bytes with its tensor core; a step of eight words is 32 bytes deep, the
// depth of one mma.m16n8k32.
template <int ROWS, int COLUMNS, int THREADS, int DOWN, int ACROSS>
struct WarpProduct {
    static constexpr int MMA_ROWS = 16, MMA_COLUMNS = 8;
    static constexpr int TILES_DOWN = DOWN / MMA_ROWS, TILES_ACROSS = ACROSS / MMA_COLUMNS;
    static_assert(ROWS / DOWN * (COLUMNS / ACROSS) * WARP == THREADS, "tile and threads");

    int sums[TILES_DOWN][TILES_ACROSS][4] = {};

    __device__ void accumulate(const int* left, const int* right) {
        const int near = lane() % 4, far = near + 4;  // words of the step
        int b[TILES_ACROSS][2];
#pragma unroll
        for (int j = 0; j < TILES_ACROSS; ++j) {
            const int column = first_column() + j * MMA_COLUMNS + lane() / 4;
            b[j][0] = right[near * COLUMNS + swizzled(near, column)];
            b[j][1] = right[far * COLUMNS + swizzled(far, column)];
        }
#pragma unroll
        for (int i = 0; i < TILES_DOWN; ++i) {
            const int row = first_row() + i * MMA_ROWS + lane() / 4;
            const int a[4] = {
                left[near * ROWS + swizzled(near, row)],
                left[near * ROWS + swizzled(near, row + 8)],
                left[far * ROWS + swizzled(far, row)],
                left[far * ROWS + swizzled(far, row + 8)],
            };
#pragma unroll
            for (int j = 0; j < TILES_ACROSS; ++j) mma_m16n8k32(sums[i][j], a, b[j]);
        }
    }

    template <class Epilogue>
    __device__ void finish(const Epilogue& epilogue) const {
#pragma unroll
        for (int j = 0; j < TILES_ACROSS; ++j) {
            const auto group = epilogue.columns(first_column() + j * MMA_COLUMNS + lane() % 4 * 2);
#pragma unroll
            for (int i = 0; i < TILES_DOWN; ++i) {
                const int row = first_row() + i * MMA_ROWS + lane() / 4;
                const int upper[2] = {sums[i][j][0], sums[i][j][1]};
                const int lower[2] = {sums[i][j][2], sums[i][j][3]};
                epilogue.store(group, row, upper);
                epilogue.store(group, row + 8, lower);
            }
        }
    }

    __device__ static int lane() { return threadIdx.x % WARP; }
    __device__ static int first_row() { return threadIdx.x / WARP % (ROWS / DOWN) * DOWN; }
    __device__ static int first_column() { return threadIdx.x / WARP / (ROWS / DOWN) * ACROSS; }
};

template <int ROWS, int COLUMNS, int THREADS>
using ByteProduct = WarpProduct<ROWS, COLUMNS, THREADS, 64, 32>;

#else

template <int ROWS, int COLUMNS, int THREADS>
using ByteProduct = ThreadProduct<int, ROWS, COLUMNS, THREADS, 8, 8>;

#endif
