// Reductions over the threads of a block.
#pragma once

#include "platform.cuh"

struct Sum {
    template <class Value>
    __device__ Value operator()(Value a, Value b) const { return a + b; }
};

struct Maximum {
    __device__ float operator()(float a, float b) const { return fmaxf(a, b); }
};

template <class Value, class Operation>
__device__ Value over_warp(Value value, const Operation& operation) {
#pragma unroll
    for (int distance = WARP / 2; distance > 0; distance /= 2) {
        value = operation(value, __shfl_xor_sync(WHOLE_WARP, value, distance));
    }
    return value;
}

// The reduction of `value` over the block, in every thread. `parts` is shared memory, one value a warp. The block's
// threads are a multiple of a warp's; all of them must come here.
template <class Value, class Operation>
__device__ Value over_block(Value value, Value* parts, const Operation& operation) {
    const int warps = blockDim.x / WARP;
    value = over_warp(value, operation);
    __syncthreads();  // the parts may still be read from the reduction before this one
    if (threadIdx.x % WARP == 0) parts[threadIdx.x / WARP] = value;
    __syncthreads();
    value = parts[0];
    for (int warp = 1; warp < warps; ++warp) value = operation(value, parts[warp]);
    return value;
}
