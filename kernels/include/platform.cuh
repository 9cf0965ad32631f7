// What a GPU has and C++ has not. Everything that needs inline PTX stands in this file, so that the kernels themselves
// are plain C++: tests define LANESCOPE_CPU, bring functions of the same names, and run the kernels on a processor.
#pragma once

// Tensor cores multiply bytes from compute capability 8.0 on (mma.sync.m16n8k32); before that DP4A does, from 6.1 on;
// before that, ordinary instructions.
#ifndef LANESCOPE_USE_MMA
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 800
#define LANESCOPE_USE_MMA 1
#else
#define LANESCOPE_USE_MMA 0
#endif
#endif

#ifndef LANESCOPE_USE_DP4A
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ < 610
#define LANESCOPE_USE_DP4A 0
#else
#define LANESCOPE_USE_DP4A 1
#endif
#endif

// sum plus the four products of bytes that stand in the same place of two words.
__device__ __forceinline__ int add_byte_products(int left, int right, int sum) {
#if LANESCOPE_USE_DP4A
    return __dp4a(left, right, sum);
#else
    for (int place = 0; place < 32; place += 8)
        sum += static_cast<signed char>(left >> place) * static_cast<signed char>(right >> place);
    return sum;
#endif
}

constexpr int WARP = 32;
constexpr unsigned WHOLE_WARP = 0xffffffffu;

#ifndef LANESCOPE_CPU

// Nanoseconds of a clock that all multiprocessors share. It ticks every 32 ns to 1024 ns, depending on the GPU.
__device__ __forceinline__ unsigned long long global_timer_ns() {
    unsigned long long now;
    asm volatile("mov.u64 %0, %%globaltimer;" : "=l"(now));
    return now;
}

// Number of the multiprocessor that runs the calling thread.
__device__ __forceinline__ unsigned multiprocessor() {
    unsigned number;
    asm volatile("mov.u32 %0, %%smid;" : "=r"(number));
    return number;
}

#if LANESCOPE_USE_MMA
// sums += left x right for a 16x32 and a 32x8 matrix of bytes that the lanes of a warp hold in pieces. Lane l holds
//   left[0..3]   rows l/4, l/4 + 8, l/4, l/4 + 8; bytes 4 (l%4) .. + 3 of the row, for left[2] and left[3] 16 further
//   right[0..1]  column l/4; bytes 4 (l%4) .. + 3 of the column, for right[1] 16 further
//   sums[0..3]   rows l/4, l/4, l/4 + 8, l/4 + 8; columns 2 (l%4), 2 (l%4) + 1, and again
// (PTX ISA, "Matrix Fragments for mma.m16n8k32").
__device__ __forceinline__ void mma_m16n8k32(int (&sums)[4], const int (&left)[4], const int (&right)[2]) {
    asm volatile(
        "mma.sync.aligned.m16n8k32.row.col.s32.s8.s8.s32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, "
        "{%0, %1, %2, %3};"
        : "+r"(sums[0]), "+r"(sums[1]), "+r"(sums[2]), "+r"(sums[3])
        : "r"(left[0]), "r"(left[1]), "r"(left[2]), "r"(left[3]), "r"(right[0]), "r"(right[1]));
}
#endif

#endif
