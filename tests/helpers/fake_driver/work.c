/* The entry points that make, order and await work: streams, events, copies, launches, graphs. */
#include <stdlib.h>
#include <string.h>

#include "fake.h"

#define CHECK_STREAM                                   \
    stream = checked_stream(stream);                   \
    if (!stream) return BAD_HANDLE

static CUresult check_event(event_t *event) {
    return event && event->magic == 0xe7 ? OK : misuse("an event was used after its end");
}

static void keep(graph_t *graph, operation_t operation, stream_t *stream) {
    if (graph->count == graph->room) {
        graph->room = graph->room ? 2 * graph->room : 64;
        graph->operations = realloc(graph->operations, graph->room * sizeof *graph->operations);
    }
    operation.stream = stream;
    graph->operations[graph->count++] = operation;
}

static CUresult work(stream_t *stream, operation_t operation) {
    if (stream->capture) keep(stream->capture, operation, stream);
    else call(stream, operation);
    return OK;
}

API cuStreamCreateWithPriority(stream_t **stream, unsigned flags, int priority) {
    *stream = calloc(1, sizeof **stream);
    ENTER;
    NEEDS_CONTEXT;
    (*stream)->flags = (int)flags;
    (*stream)->priority = priority;
    remember_stream(*stream);
    count(STREAMS, 1);
    return OK;
}

API cuStreamDestroy_v2(stream_t *stream) {
    ENTER;
    CHECK_STREAM;
    run_through(stream, stream->called);
    stream->magic = 0;
    count(STREAMS, -1);
    return OK;
}

API cuStreamSynchronize(stream_t *stream) {
    ENTER;
    CHECK_STREAM;
    if (stream->capture) return CAPTURE_UNSUPPORTED;
    wait_until(stream->ready);
    run_through(stream, stream->called);
    return OK;
}

API cuCtxSynchronize(void) {
    ENTER;
    NEEDS_CONTEXT;
    wait_until(latest_ready());
    run_everything();
    return OK;
}

API cuStreamWaitEvent(stream_t *stream, event_t *event, unsigned flags) {
    (void)flags;
    ENTER;
    CHECK_STREAM;
    if (check_event(event)) return BAD_HANDLE;
    if (event->capture) stream->capture = event->capture;
    operation_t wait = {.action = WAIT, .engine = NO_ENGINE, .event = event, .value = event->place};
    return work(stream, wait);
}

API cuStreamWaitValue32_v2(stream_t *stream, CUdeviceptr address, uint32_t value, unsigned flags) {
    (void)value, (void)flags;
    ENTER;
    CHECK_STREAM;
    return is_device(address, 4) ? OK : INVALID_VALUE;
}

API cuEventCreate(event_t **event, unsigned flags) {
    *event = calloc(1, sizeof **event);
    ENTER;
    NEEDS_CONTEXT;
    (*event)->magic = 0xe7;
    (*event)->flags = (int)flags;
    count(EVENTS, 1);
    return OK;
}

API cuEventDestroy_v2(event_t *event) {
    ENTER;
    if (check_event(event)) return BAD_HANDLE;
    event->magic = 0;
    count(EVENTS, -1);
    return OK;
}

static CUresult record(stream_t *stream, event_t *event, int external) {
    operation_t operation = {.action = RECORD, .engine = NO_ENGINE, .event = event, .external = external};
    if (stream->capture && !external) {
        event->capture = stream->capture;
        event->place = (int)stream->capture->count;
    }
    return work(stream, operation);
}

API cuEventRecord(event_t *event, stream_t *stream) {
    ENTER;
    CHECK_STREAM;
    return check_event(event) ? BAD_HANDLE : record(stream, event, 0);
}

API cuEventRecordWithFlags(event_t *event, stream_t *stream, unsigned flags) {
    ENTER;
    CHECK_STREAM;
    return check_event(event) ? BAD_HANDLE : record(stream, event, flags == 1);
}

API cuEventQuery(event_t *event) {
    ENTER;
    if (check_event(event)) return BAD_HANDLE;
    return event->time <= device_now() ? OK : NOT_READY;
}

API cuEventSynchronize(event_t *event) {
    ENTER;
    if (check_event(event)) return BAD_HANDLE;
    wait_until(event->time);
    if (event->stream) run_through(event->stream, event->through);
    return OK;
}

API cuEventElapsedTime_v2(float *ms, event_t *first, event_t *second) {
    *ms = 0;
    ENTER;
    if (check_event(first) || check_event(second)) return BAD_HANDLE;
    if (!first->recorded || !second->recorded || (first->flags & 2) || (second->flags & 2)) return BAD_HANDLE;
    int64_t now = device_now();
    if (first->time > now || second->time > now) return NOT_READY;
    *ms = (float)((double)(second->time - first->time) * 1e-6);
    return OK;
}

/* Copies and kernels: 1.3 us and 50 bytes a ns; 2.5 us and 5 ns a block. */
static operation_t copy(enum engine engine, void *target, const void *source, size_t size) {
    int64_t duration = setting("FAKE_CUDA_COPY_NS", 1300) + (int64_t)(size / 50);
    return (operation_t){.action = COPY, .engine = engine, .target = target, .source = source, .size = size,
                         .duration_ns = duration};
}

/* Pageable memory: the call returns when all has moved. */
static CUresult copy_host(stream_t *stream, operation_t operation, const void *host, CUdeviceptr device) {
    if (!is_device(device, operation.size)) return misuse("a copy leaves its device buffer");
    int pageable = !is_pinned(host, operation.size);
    if (pageable && stream->capture) return CAPTURE_UNSUPPORTED;
    work(stream, operation);
    if (pageable) {
        wait_until(stream->ready);
        run_through(stream, stream->called);
    }
    return OK;
}

API cuMemcpyHtoDAsync_v2(CUdeviceptr target, const void *source, size_t size, stream_t *stream) {
    ENTER;
    NEEDS_CONTEXT;
    CHECK_STREAM;
    return copy_host(stream, copy(HTOD, (void *)(uintptr_t)target, source, size), source, target);
}

API cuMemcpyDtoHAsync_v2(void *target, CUdeviceptr source, size_t size, stream_t *stream) {
    ENTER;
    NEEDS_CONTEXT;
    CHECK_STREAM;
    return copy_host(stream, copy(DTOH, target, (const void *)(uintptr_t)source, size), target, source);
}

API cuMemcpyDtoDAsync_v2(CUdeviceptr target, CUdeviceptr source, size_t size, stream_t *stream) {
    ENTER;
    NEEDS_CONTEXT;
    CHECK_STREAM;
    if (!is_device(target, size) || !is_device(source, size)) return misuse("a copy leaves its device buffer");
    return work(stream, copy(SMS, (void *)(uintptr_t)target, (const void *)(uintptr_t)source, size));
}

API cuMemcpyHtoD_v2(CUdeviceptr target, const void *source, size_t size) {
    ENTER;
    NEEDS_CONTEXT;
    if (!is_device(target, size)) return misuse("a copy leaves its device buffer");
    memcpy((void *)(uintptr_t)target, source, size);
    return OK;
}

API cuMemcpyDtoH_v2(void *target, CUdeviceptr source, size_t size) {
    ENTER;
    NEEDS_CONTEXT;
    if (!is_device(source, size)) return misuse("a copy leaves its device buffer");
    memcpy(target, (const void *)(uintptr_t)source, size);
    return OK;
}

API cuMemsetD8_v2(CUdeviceptr target, unsigned char value, size_t size) {
    ENTER;
    NEEDS_CONTEXT;
    if (!is_device(target, size)) return misuse("a memset leaves its device buffer");
    memset((void *)(uintptr_t)target, value, size);
    return OK;
}

API cuLaunchKernel(function_t *function, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz,
                   unsigned shared, stream_t *stream, void **params, void **extra) {
    (void)extra;
    ENTER;
    NEEDS_CONTEXT;
    CHECK_STREAM;
    int threads = (int)(bx * by * bz);
    if (!gx || !gy || !gz || threads < 1 || threads > 1024) return INVALID_VALUE;
    int64_t blocks = (int64_t)gx * gy * gz;
    operation_t kernel = {.action = KERNEL, .engine = SMS, .function = function,
                          .shape = {gx, gy, gz, bx, by, bz, shared}};
    kernel.duration_ns = setting("FAKE_CUDA_KERNEL_NS", 2500) + (blocks < 20000 ? blocks : 20000) * 5;
    int wanted = function->host || !strcmp(function->name, "timestamp") ? (int)setting("FAKE_CUDA_PARAMS", 4) : 0;
    if (!strcmp(function->name, "timestamp")) wanted = 1;
    for (int i = 0; params && i < wanted; i++) memcpy(&kernel.params[i], params[i], 8);
    return work(stream, kernel);
}

/* Graphs: the captured calls in their order, each on the chain of its stream. */
API cuStreamBeginCapture_v2(stream_t *stream, int mode) {
    (void)mode;
    ENTER;
    CHECK_STREAM;
    if (stream->capture) return INVALID_VALUE;
    stream->capture = calloc(1, sizeof *stream->capture);
    stream->capture->magic = 0x9a;
    stream->capture->origin = stream;
    return OK;
}

static int joined(graph_t *graph) {
    for (size_t i = 0; i < graph->count; i++) {
        stream_t *stream = graph->operations[i].stream;
        size_t last = 0, waited = 0;
        for (size_t j = 0; j < graph->count; j++) {
            operation_t *o = &graph->operations[j];
            if (o->stream == stream && (o->action != RECORD)) last = j;
            if (o->action == WAIT && o->stream != stream && graph->operations[o->value].stream == stream) {
                if ((size_t)o->value > waited) waited = (size_t)o->value;
            }
        }
        if (stream != graph->origin && waited < last) return 0;
    }
    return 1;
}

API cuStreamEndCapture(stream_t *stream, graph_t **graph) {
    *graph = NULL;
    ENTER;
    CHECK_STREAM;
    graph_t *captured = stream->capture;
    if (!captured || captured->origin != stream) return INVALID_VALUE;
    for (size_t i = 0; i < captured->count; i++) captured->operations[i].stream->capture = NULL;
    stream->capture = NULL;
    if (!joined(captured)) return CAPTURE_UNJOINED;
    *graph = captured;
    count(GRAPHS, 1);
    return OK;
}

API cuGraphDestroy(graph_t *graph) {
    ENTER;
    if (graph->magic != 0x9a) return misuse("a graph was destroyed twice");
    graph->magic = 0;
    count(GRAPHS, -1);
    return OK;
}

API cuGraphInstantiateWithFlags(graph_t **exec, graph_t *graph, uint64_t flags) {
    (void)flags;
    *exec = calloc(1, sizeof **exec);
    ENTER;
    if (graph->magic != 0x9a) return misuse("a graph was used after its end");
    **exec = *graph;
    (*exec)->magic = 0xe8ec;
    count(EXECS, 1);
    return OK;
}

API cuGraphExecDestroy(graph_t *exec) {
    ENTER;
    if (exec->magic != 0xe8ec) return misuse("an executable graph was destroyed twice");
    exec->magic = 0;
    count(EXECS, -1);
    return OK;
}

API cuGraphUpload(graph_t *exec, stream_t *stream) {
    ENTER;
    CHECK_STREAM;
    return exec->magic == 0xe8ec ? OK : BAD_HANDLE;
}

/* The time that the chain of a stream has come to in the launch under way; all are forgotten when one begins. */
static int64_t *chain_time(stream_t *stream, int64_t begin, int forget) {
    static struct { stream_t *stream; int64_t ready; } chains[256];
    static int used;
    if (forget) return used = 0, &chains[0].ready;
    for (int i = 0; i < used; i++)
        if (chains[i].stream == stream) return &chains[i].ready;
    chains[used].stream = stream;
    chains[used].ready = begin;
    return &chains[used++].ready;
}

/* Data moves in the order of capture, inside the launching stream; time runs on every chain. */
API cuGraphLaunch(graph_t *exec, stream_t *stream) {
    ENTER;
    CHECK_STREAM;
    if (exec->magic != 0xe8ec) return BAD_HANDLE;
    int64_t begin = stream->ready > device_now() ? stream->ready : device_now(), end = begin;
    int64_t *times = calloc(exec->count + 1, sizeof *times);
    chain_time(NULL, begin, 1);
    for (size_t i = 0; i < exec->count; i++) {
        operation_t o = exec->operations[i];
        int64_t *ready = chain_time(o.stream, begin, 0);
        if (o.action == WAIT && times[o.value] > *ready) *ready = times[o.value];
        if (o.action == RECORD) times[i] = *ready;
        if (o.action == RECORD && o.external) { o.event->time = *ready; o.event->recorded = 1; o.event->stream = NULL; }
        if (o.action == RECORD || o.action == WAIT) continue;
        serve(&o, ready, o.stream->id);
        if (*ready > end) end = *ready;
        o.engine = NO_ENGINE;
        call(stream, o);
    }
    stream->ready = end;
    free(times);
    return OK;
}
