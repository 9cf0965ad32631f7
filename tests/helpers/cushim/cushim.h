// Runs CUDA C++ kernels on a processor, for their numerics: include this, then a .cu file, then CUSHIM_EXPORT its
// kernels.
//
// A block's threads are fibers of one operating-system thread. Each runs until it meets a barrier or a warp
// operation, then the next one does; so results are exact and repeatable, and a barrier that not all threads reach is
// found. The order in which threads run can be reversed: most missing barriers then show as a changed result.
//
// Not covered: inline PTX (the kernels keep it behind LANESCOPE_CPU), textures, clusters, cooperative groups, halves.
#pragma once

#define LANESCOPE_CPU 1

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <utility>
#include <vector>

#ifdef CUSHIM_LIST  // only preprocessed, to find the kernels' names
#define __global__ cushim_kernel
#else
#define __global__
#endif
#define __device__
#define __forceinline__ inline __attribute__((always_inline))
#define __launch_bounds__(...)
#define __shared__ static
#define __align__(bytes) __attribute__((aligned(bytes)))

struct uint3 {
    unsigned x, y, z;
};
struct alignas(16) int4 {
    int x, y, z, w;
};
struct alignas(16) float4 {
    float x, y, z, w;
};
static inline float4 make_float4(float x, float y, float z, float w) { return {x, y, z, w}; }

using std::max;
using std::min;

namespace cushim {

// ---- fibers -------------------------------------------------------------------------------------------------------

#if defined(__x86_64__)
// Saves what the calling convention wants kept, changes the stack, and goes on where that stack left off.
extern "C" void cushim_switch(void** save, void* to);
__asm__(
    ".text\n.weak cushim_switch\n.type cushim_switch,@function\ncushim_switch:\n"
    " push %rbp\n push %rbx\n push %r12\n push %r13\n push %r14\n push %r15\n"
    " mov %rsp,(%rdi)\n mov %rsi,%rsp\n"
    " pop %r15\n pop %r14\n pop %r13\n pop %r12\n pop %rbx\n pop %rbp\n ret\n"
    ".size cushim_switch,.-cushim_switch\n");

struct Context {
    void* stack_pointer;
};

static inline void switch_to(Context& from, Context& to) { cushim_switch(&from.stack_pointer, to.stack_pointer); }

static inline void prepare(Context& context, char* stack, size_t size, void (*function)()) {
    constexpr int SAVED_REGISTERS = 6;
    void** top = reinterpret_cast<void**>(reinterpret_cast<uintptr_t>(stack + size) & ~uintptr_t(63));
    *--top = nullptr;  // keeps the alignment a call would give, and has no return address
    *--top = reinterpret_cast<void*>(function);
    for (int i = 0; i < SAVED_REGISTERS; ++i) *--top = nullptr;
    context.stack_pointer = top;
}
#else
}  // namespace cushim
#include <ucontext.h>
namespace cushim {
struct Context {
    ucontext_t context;
};

static inline void switch_to(Context& from, Context& to) { swapcontext(&from.context, &to.context); }

static inline void prepare(Context& context, char* stack, size_t size, void (*function)()) {
    getcontext(&context.context);
    context.context.uc_stack.ss_sp = stack;
    context.context.uc_stack.ss_size = size;
    context.context.uc_link = nullptr;
    makecontext(&context.context, function, 0);
}
#endif

// ---- one block ----------------------------------------------------------------------------------------------------

constexpr size_t STACK_BYTES = 64 * 1024;
constexpr unsigned WARP_SIZE = 32;

enum class Status : char { at_start, running, at_block_barrier, at_warp_barrier, done };

// Plain data, so that reading threadIdx costs one load.
static uint3 thread_index, block_index, block_size, grid_size;
static unsigned current, thread_count;

struct Lane {
    uint64_t value;            // what a shuffle offers
    int left[4], right[2];     // what a matrix product offers
};

struct State {
    Context scheduler;
    std::vector<Context> threads;
    std::vector<Status> status;
    std::vector<Lane> lanes;
    char* stacks = nullptr;
    size_t stack_count = 0;
    void (*body)(void*) = nullptr;
    void* argument = nullptr;
    bool reversed = false;
};
static State state;

static inline unsigned in_order(unsigned first, unsigned last, unsigned i) {
    return state.reversed ? last - 1 - i : first + i;
}

static inline void resume(unsigned thread) {
    current = thread;
    thread_index = {thread % block_size.x, thread / block_size.x % block_size.y,
                    thread / (block_size.x * block_size.y)};
    state.status[thread] = Status::running;
    switch_to(state.scheduler, state.threads[thread]);
}

static inline void wait_at(Status barrier) {
    const unsigned self = current;
    state.status[self] = barrier;
    switch_to(state.threads[self], state.scheduler);
}

static inline void enter() {
    state.body(state.argument);
    state.status[current] = Status::done;
    switch_to(state.threads[current], state.scheduler);
    std::abort();  // a thread that is done is never resumed
}

static inline unsigned count(unsigned first, unsigned last, Status status) {
    return std::count(state.status.begin() + first, state.status.begin() + last, status);
}

// Whether all threads of the range that are not done wait at `barrier`.
static inline bool all_wait(unsigned first, unsigned last, Status barrier) {
    const unsigned waiting = count(first, last, barrier);
    return waiting > 0 && waiting + count(first, last, Status::done) == last - first;
}

static inline void resume_all(unsigned first, unsigned last, Status from) {
    for (unsigned i = 0; i < last - first; ++i) {
        const unsigned thread = in_order(first, last, i);
        if (state.status[thread] == from) resume(thread);
    }
}

// Lets one warp after the other run as far as it gets, through all its warp operations to the block's next barrier: no
// other order takes the warps further apart.
static inline void run_warps(Status from) {
    const unsigned warps = (thread_count + WARP_SIZE - 1) / WARP_SIZE;
    for (unsigned i = 0; i < warps; ++i) {
        const unsigned first = in_order(0, warps, i) * WARP_SIZE;
        const unsigned last = std::min(first + WARP_SIZE, thread_count);
        resume_all(first, last, from);
        while (all_wait(first, last, Status::at_warp_barrier)) resume_all(first, last, Status::at_warp_barrier);
    }
}

// False if some threads wait for others that never come.
static inline bool run_block() {
    for (unsigned thread = 0; thread < thread_count; ++thread) {
        prepare(state.threads[thread], state.stacks + STACK_BYTES * thread, STACK_BYTES, enter);
        state.status[thread] = Status::at_start;
    }
    run_warps(Status::at_start);
    while (all_wait(0, thread_count, Status::at_block_barrier)) run_warps(Status::at_block_barrier);
    return count(0, thread_count, Status::done) == thread_count;
}

template <class Function>
static bool run_grid(const unsigned* grid, const unsigned* block, Function& function) {
    grid_size = {grid[0], grid[1], grid[2]};
    block_size = {block[0], block[1], block[2]};
    thread_count = block[0] * block[1] * block[2];
    if (state.stack_count < thread_count) {
        std::free(state.stacks);
        state.stacks = static_cast<char*>(std::aligned_alloc(4096, STACK_BYTES * thread_count));
        state.stack_count = thread_count;
    }
    state.threads.resize(thread_count);
    state.lanes.resize(thread_count);
    state.status.assign(thread_count, Status::done);
    state.body = [](void* kernel) { (*static_cast<Function*>(kernel))(); };
    state.argument = &function;
    for (unsigned z = 0; z < grid[2]; ++z) {
        for (unsigned y = 0; y < grid[1]; ++y) {
            for (unsigned x = 0; x < grid[0]; ++x) {
                block_index = {x, y, z};
                if (!run_block()) return false;
            }
        }
    }
    return true;
}

template <class... Types, size_t... I>
static bool launch(void (*kernel)(Types...), const unsigned* grid, const unsigned* block, void** values,
                   std::index_sequence<I...>) {
    auto call = [&]() { kernel(*static_cast<std::remove_reference_t<Types>*>(values[I])...); };
    return run_grid(grid, block, call);
}

template <class... Types>
static bool launch(void (*kernel)(Types...), const unsigned* grid, const unsigned* block, void** values,
                   bool reversed) {
    state.reversed = reversed;
    return launch(kernel, grid, block, values, std::index_sequence_for<Types...>{});
}

template <class... Types>
static int argument_sizes(void (*)(Types...), size_t* sizes) {
    int count = 0;
    ((sizes[count++] = sizeof(Types)), ...);
    return count;
}

static inline unsigned lane() { return current % WARP_SIZE; }

// ---- warp operations: offer, wait for the others, read, wait until all have read
// -------------------------------------

template <class Value>
static inline Value shuffled(Value value, unsigned source) {
    static_assert(sizeof(Value) <= sizeof(uint64_t), "a shuffle moves at most eight bytes");
    const unsigned self = current, first = self - self % WARP_SIZE;
    std::memcpy(&state.lanes[self].value, &value, sizeof value);
    wait_at(Status::at_warp_barrier);
    Value result = value;
    if (first + source < thread_count) std::memcpy(&result, &state.lanes[first + source].value, sizeof result);
    wait_at(Status::at_warp_barrier);
    return result;
}

static inline int signed_byte(int word, int index) { return static_cast<int8_t>(word >> (8 * index)); }

// One element of the product of the warp's fragments, laid out as the PTX ISA says for mma.m16n8k32.
static inline int product_element(unsigned first, int row, int column) {
    int sum = 0;
    for (int k = 0; k < 32; ++k) {
        const int place = k % 16 / 4, half = k / 16;
        const int left = state.lanes[first + row % 8 * 4 + place].left[row / 8 + 2 * half];
        const int right = state.lanes[first + column * 4 + place].right[half];
        sum += signed_byte(left, k % 4) * signed_byte(right, k % 4);
    }
    return sum;
}

}  // namespace cushim

// ---- what CUDA C++ has built in
// ----------------------------------------------------------------------------------------

#define threadIdx (::cushim::thread_index)
#define blockIdx (::cushim::block_index)
#define blockDim (::cushim::block_size)
#define gridDim (::cushim::grid_size)

static inline void __syncthreads() { cushim::wait_at(cushim::Status::at_block_barrier); }

template <class Value>
static inline Value __shfl_xor_sync(unsigned, Value value, int mask) {
    return cushim::shuffled(value, cushim::lane() ^ static_cast<unsigned>(mask));
}

static inline int __dp4a(int a, int b, int sum) {
    for (int i = 0; i < 4; ++i) sum += cushim::signed_byte(a, i) * cushim::signed_byte(b, i);
    return sum;
}

static inline unsigned __vmaxs4(unsigned a, unsigned b) {
    unsigned result = 0;
    for (int i = 0; i < 4; ++i) {
        const int larger = std::max(cushim::signed_byte(a, i), cushim::signed_byte(b, i));
        result |= static_cast<unsigned>(larger & 255) << (8 * i);
    }
    return result;
}

// Each of these rounds once, to nearest even; the build forbids the compiler to contract them.
static inline float __int2float_rn(int value) { return static_cast<float>(value); }
static inline int __float2int_rn(float value) { return static_cast<int>(std::nearbyintf(value)); }
static inline float __fadd_rn(float a, float b) { return a + b; }
static inline float __fmul_rn(float a, float b) { return a * b; }
static inline float __fdiv_rn(float a, float b) { return a / b; }

// ---- what the kernels' platform.cuh has for a GPU
// ---------------------------------------------------------------------

static inline unsigned long long global_timer_ns() {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

static inline unsigned multiprocessor() { return blockIdx.x; }

static inline void mma_m16n8k32(int (&sums)[4], const int (&left)[4], const int (&right)[2]) {
    const unsigned self = cushim::current, first = self - self % cushim::WARP_SIZE, lane = cushim::lane();
    std::copy(left, left + 4, cushim::state.lanes[self].left);
    std::copy(right, right + 2, cushim::state.lanes[self].right);
    cushim::wait_at(cushim::Status::at_warp_barrier);
    for (int i = 0; i < 4; ++i) {
        sums[i] += cushim::product_element(first, lane / 4 + i / 2 * 8, lane % 4 * 2 + i % 2);
    }
    cushim::wait_at(cushim::Status::at_warp_barrier);
}

#define CUSHIM_EXPORT(KERNEL)                                                                                         \
    extern "C" int cushim_sizes_##KERNEL(size_t* sizes) { return ::cushim::argument_sizes(KERNEL, sizes); }           \
    extern "C" int cushim_launch_##KERNEL(const unsigned* grid, const unsigned* block, void** values, int reversed) { \
        return ::cushim::launch(KERNEL, grid, block, values, reversed != 0) ? 0 : 1;                                  \
    }
