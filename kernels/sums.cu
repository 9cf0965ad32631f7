// Sums of arrays, one block an array: arrays[array][size] to sums[array]. Integer sums wrap around at 32 bits.
//
// sum_loop_*: one thread adds one element after the other, as a loop in C does; grid (arrays), one thread a block.
// sum_reduce_*: the block's threads add their shares, then what the warps have; bytes are added four at a time by DP4A
// with a vector of ones.
#include "reductions.cuh"

template <class Element, class Total>
__device__ void sum_loop(const Element* arrays, Total* sums, long long size) {
    const Element* const array = arrays + blockIdx.x * size;
    Total total = 0;
    for (long long i = 0; i < size; ++i) total += array[i];
    sums[blockIdx.x] = total;
}

extern "C" __global__ void sum_loop_i32(const int* arrays, int* sums, long long size) {
    sum_loop(reinterpret_cast<const unsigned*>(arrays), reinterpret_cast<unsigned*>(sums), size);
}

extern "C" __global__ void sum_loop_f32(const float* arrays, float* sums, long long size) {
    sum_loop(arrays, sums, size);
}

extern "C" __global__ void sum_loop_s8(const signed char* arrays, int* sums, long long size) {
    sum_loop(arrays, reinterpret_cast<unsigned*>(sums), size);
}

template <class Element>
__device__ Element share_of_array(const Element* array, long long size) {
    Element total = 0;
    for (long long i = threadIdx.x; i < size; i += blockDim.x) total += array[i];
    return total;
}

// Bytes before the first word boundary and behind the last one are added one by one.
__device__ unsigned share_of_array(const signed char* array, long long size) {
    const long long misaligned = (4 - reinterpret_cast<unsigned long long>(array) % 4) % 4;
    const long long head = misaligned < size ? misaligned : size;
    const long long words = (size - head) / 4;
    const int* const aligned = reinterpret_cast<const int*>(array + head);
    int total = 0;
    for (long long i = threadIdx.x; i < words; i += blockDim.x) {
        total = add_byte_products(aligned[i], 0x01010101, total);
    }
    if (threadIdx.x == 0) {
        for (long long i = 0; i < head; ++i) total += array[i];
        for (long long i = head + 4 * words; i < size; ++i) total += array[i];
    }
    return static_cast<unsigned>(total);
}

template <class Element, class Total>
__device__ void sum_reduce(const Element* arrays, Total* sums, Total* parts, long long size) {
    const Total total = over_block(Total(share_of_array(arrays + blockIdx.x * size, size)), parts, Sum());
    if (threadIdx.x == 0) sums[blockIdx.x] = total;
}

constexpr int MOST_WARPS = 32;

extern "C" __global__ void __launch_bounds__(1024) sum_reduce_i32(const int* arrays, int* sums, long long size) {
    __shared__ unsigned parts[MOST_WARPS];
    sum_reduce(reinterpret_cast<const unsigned*>(arrays), reinterpret_cast<unsigned*>(sums), parts, size);
}

extern "C" __global__ void __launch_bounds__(1024) sum_reduce_f32(const float* arrays, float* sums, long long size) {
    __shared__ float parts[MOST_WARPS];
    sum_reduce(arrays, sums, parts, size);
}

extern "C" __global__ void __launch_bounds__(1024) sum_reduce_s8(const signed char* arrays, int* sums, long long size) {
    __shared__ unsigned parts[MOST_WARPS];
    sum_reduce(arrays, reinterpret_cast<unsigned*>(sums), parts, size);
}
