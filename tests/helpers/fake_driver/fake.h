/* A stand-in for libcuda.so.1: calls, handles, lifetimes and errors are checked; the hardware model is trivial.
 *
 * Device memory is host memory. A stream is a queue of operations; three engines (copies in, copies out, kernels) serve
 * them in the order of the calls, in real time on a device clock with an offset and a drift of its own.
 */
#ifndef LANESCOPE_FAKE_H
#define LANESCOPE_FAKE_H

#include <stddef.h>
#include <stdint.h>

typedef int CUresult;
typedef unsigned long long CUdeviceptr;

enum { OK = 0, INVALID_VALUE = 1, OUT_OF_MEMORY = 2, NOT_INITIALIZED = 3, UNAVAILABLE = 46, NO_DEVICE = 100,
       BAD_DEVICE = 101, NO_CONTEXT = 201, BAD_HANDLE = 400, NOT_FOUND = 500, NOT_READY = 600,
       CAPTURE_UNSUPPORTED = 900, CAPTURE_UNJOINED = 904 };

/* What can leak. The order is that of fake_live(). */
enum { CONTEXTS, STREAMS, EVENTS, DEVICE_MEMORY, HOST_MEMORY, MODULES, GRAPHS, EXECS, KINDS };

enum engine { HTOD, DTOH, SMS, ENGINES, NO_ENGINE = -1 };

/* What an operation does to data when it runs. */
enum action { COPY, FILL, KERNEL, RECORD, WAIT };

typedef struct stream stream_t;
typedef struct event event_t;
typedef struct graph graph_t;

typedef struct operation {
    enum action action;
    enum engine engine;
    int64_t duration_ns;
    void *target;
    const void *source;
    size_t size;
    int value;
    struct function *function;
    unsigned shape[7];
    uint64_t params[16];
    event_t *event;
    stream_t *stream;       /* of a captured operation: the chain it belongs to */
    stream_t *awaited;      /* of a wait: the stream that runs first, up to operation `through` */
    size_t through;
    int external;           /* of a record: it becomes a node of the graph */
    int64_t *slot;          /* of a wait or record inside a graph: where its time stands during a launch */
} operation_t;

struct stream {
    uint32_t magic;
    int id, flags, priority;
    int64_t ready;          /* device time at which all work called so far has ended */
    operation_t *queue;     /* work whose effect on data is still to come (deferred mode) */
    size_t done, called, room;
    graph_t *capture;
};

struct event {
    uint32_t magic;
    int flags, recorded;
    int64_t time;
    stream_t *stream;
    size_t through;
    graph_t *capture;       /* set while the latest record belongs to a capture */
    int place;              /* of that record among the graph's operations */
};

struct graph {
    uint32_t magic;
    operation_t *operations;
    size_t count, room;
    stream_t *origin;
};

typedef struct function {
    char name[96];
    void (*host)(unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, void **);
} function_t;

/* core.c */
extern int do_nothing;
int enter(const char *name);
void leave(int *held);
int64_t device_now(void);
void wait_until(int64_t device_ns);
void count(int kind, int change);
CUresult misuse(const char *what);
void run_through(stream_t *stream, size_t through);
void run_everything(void);
stream_t *checked_stream(stream_t *stream);
void call(stream_t *stream, operation_t operation);
void serve(operation_t *operation, int64_t *ready, int stream);
void remember_stream(stream_t *stream);
int64_t latest_ready(void);
void read_settings(void);
void forget_memory(void);
int64_t setting(const char *name, int64_t otherwise);
int has_context(void);
int is_pinned(const void *pointer, size_t size);
int is_device(CUdeviceptr pointer, size_t size);

/* Every entry point begins with this: it counts the call, injects faults, and holds the lock until it returns. */
#define ENTER                                                                  \
    if (do_nothing) return OK;                                                 \
    int held __attribute__((cleanup(leave))) = 1;                              \
    do { int wrong = enter(__func__); if (wrong) return wrong; } while (0)
#define NEEDS_CONTEXT if (!has_context()) return NO_CONTEXT
#define API __attribute__((visibility("default"))) CUresult

#endif
