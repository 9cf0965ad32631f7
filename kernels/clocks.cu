// Kernels that only spend or tell time. All of them end: a wait without a limit would hang the GPU.
#include "platform.cuh"

// Holds its place for `nanoseconds`; any grid.
extern "C" __global__ void spin_for(unsigned long long nanoseconds) {
    const unsigned long long start = global_timer_ns();
    while (global_timer_ns() - start < nanoseconds) {
    }
}

// Holds its stream until the host sets `flag`, in mapped memory, or `limit_ns` have passed; one thread. Tells by
// `timed_out` which it was.
extern "C" __global__ void spin_until(const volatile unsigned* flag, unsigned* timed_out, unsigned long long limit_ns) {
    const unsigned long long start = global_timer_ns();
    bool late = false;
    while (*flag == 0 && !late) late = global_timer_ns() - start >= limit_ns;
    *timed_out = late && *flag == 0 ? 1 : 0;
}

struct Stamp {
    unsigned long long time_ns;
    unsigned long long multiprocessor;
};

// When each block ran, and where; any grid, the first thread of a block writes.
extern "C" __global__ void timestamp(Stamp* stamps) {
    if (threadIdx.x == 0) stamps[blockIdx.x] = Stamp{global_timer_ns(), multiprocessor()};
}
