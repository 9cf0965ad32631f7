/* Clock, faults, leaks, and the queues of work. */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "fake.h"

int do_nothing;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int initialized, deferred, last_first, eager_stream = -1, sticky;
static int live[KINDS], wrong_uses;
static char fault_name[96], hang_name[96], first_misuse[160];
static long fault_countdown, hang_countdown, calls;
static int fault_code;
static int64_t clock_offset, clock_ppm;
static int64_t engine_free[ENGINES];

#define MOST 65536
typedef struct { int64_t engine, stream, start, end; } served_t;
static served_t served[MOST];
static long served_count;
static stream_t *streams[MOST];
static int stream_count;
static stream_t default_stream = {.magic = 0x57ea};
static char called_names[256][64];
static int called_count;

int64_t setting(const char *name, int64_t otherwise) {
    const char *text = getenv(name);
    return text && *text ? atoll(text) : otherwise;
}

static void read_countdown(const char *variable, char *name, long *countdown, int *code) {
    const char *text = getenv(variable);
    char copy[160];
    if (!text || !*text) return;
    snprintf(copy, sizeof copy, "%s", text);
    char *nth = strchr(copy, ':');
    if (nth) *nth++ = 0;
    snprintf(name, 96, "%.95s", copy);
    *countdown = nth ? atol(nth) : 1;
    char *value = nth ? strchr(nth, ':') : NULL;
    if (code) *code = value ? atoi(value + 1) : 999;
}

void read_settings(void) {
    static int read;
    if (read) return;
    read = 1;
    do_nothing = setting("FAKE_CUDA_NOP", 0);
    deferred = setting("FAKE_CUDA_DEFER", 0) != 0;
    last_first = setting("FAKE_CUDA_DEFER", 0) == 2;
    clock_offset = setting("FAKE_CUDA_OFFSET_NS", 1000000);
    clock_ppm = setting("FAKE_CUDA_PPM", 0);
    read_countdown("FAKE_CUDA_FAIL", fault_name, &fault_countdown, &fault_code);
    read_countdown("FAKE_CUDA_HANG", hang_name, &hang_countdown, NULL);
    streams[stream_count++] = &default_stream;
}

static int is_sticky(int code) {
    return code == 700 || code == 702 || (code >= 709 && code <= 719) || code == 999;
}

static void note_called(const char *name) {
    for (int i = 0; i < called_count; i++)
        if (!strcmp(called_names[i], name)) return;
    if (called_count < 256) snprintf(called_names[called_count++], 64, "%s", name);
}

/* Whether an exported name, which may end in a version, is that of an entry point. */
static int is_called(const char *exported, const char *name) {
    size_t size = strlen(name);
    return !strncmp(exported, name, size) && (!exported[size] || !strncmp(exported + size, "_v", 2));
}

int enter(const char *name) {
    pthread_mutex_lock(&lock);
    calls++;
    note_called(name);
    if (!strcmp(name, "cuInit")) initialized = 1;
    if (hang_name[0] && is_called(name, hang_name) && --hang_countdown == 0) {
        pthread_mutex_unlock(&lock);
        for (;;) pause();
    }
    if (sticky) return sticky;
    if (fault_name[0] && is_called(name, fault_name) && --fault_countdown == 0) {
        if (is_sticky(fault_code)) sticky = fault_code;
        return fault_code;
    }
    return initialized || !strncmp(name, "cuDriver", 8) ? OK : NOT_INITIALIZED;
}

void leave(int *held) {
    if (*held) pthread_mutex_unlock(&lock);
}

static int64_t host_now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* The drift counts from the first look at the clock, so that it stays small. */
int64_t device_now(void) {
    static int64_t began;
    int64_t host = host_now();
    if (!began) began = host;
    return host + clock_offset + (host - began) * clock_ppm / 1000000;
}

/* The lock is given up meanwhile: other threads go on calling. */
void wait_until(int64_t device_ns) {
    pthread_mutex_unlock(&lock);
    for (;;) {
        int64_t left = device_ns - device_now();
        if (left <= 0) break;
        struct timespec nap = {0, left > 200000 ? 100000 : 1000};
        nanosleep(&nap, NULL);
    }
    pthread_mutex_lock(&lock);
}

void count(int kind, int change) {
    live[kind] += change;
    if (live[kind] < 0) misuse("something was given back twice");
}

CUresult misuse(const char *what) {
    if (!wrong_uses++) snprintf(first_misuse, sizeof first_misuse, "%s", what);
    return BAD_HANDLE;
}

stream_t *checked_stream(stream_t *stream) {
    if ((uintptr_t)stream <= 2) return &default_stream;
    if (stream->magic != 0x57ea) {
        misuse("a stream was used after its end");
        return NULL;
    }
    return stream;
}

void remember_stream(stream_t *stream) {
    stream->magic = 0x57ea;
    stream->id = stream_count;
    if (stream_count < MOST) streams[stream_count++] = stream;
}

static void act(operation_t *o) {
    void *pointers[16];
    if (o->action == COPY) memmove(o->target, o->source, o->size);
    if (o->action == FILL) memset(o->target, o->value, o->size);
    if (o->action != KERNEL || !o->function->host) return;
    for (int i = 0; i < 16; i++) pointers[i] = &o->params[i];
    const unsigned *s = o->shape;
    o->function->host(s[0], s[1], s[2], s[3], s[4], s[5], s[6], pointers);
}

/* As late as the order of streams and events allows: what nothing forces to run has not run. */
void run_through(stream_t *stream, size_t through) {
    while (stream->done < through) {
        operation_t *operation = &stream->queue[stream->done++];
        if (operation->action == WAIT) {
            if (operation->awaited) run_through(operation->awaited, operation->through);
        } else {
            act(operation);
        }
    }
}

int64_t latest_ready(void) {
    int64_t latest = 0;
    for (int i = 0; i < stream_count; i++)
        if (streams[i]->ready > latest) latest = streams[i]->ready;
    return latest;
}

void run_everything(void) {
    for (int i = 0; i < stream_count; i++) {
        stream_t *stream = streams[last_first ? stream_count - 1 - i : i];
        if (stream->magic == 0x57ea) run_through(stream, stream->called);
    }
}

static void defer(stream_t *stream, operation_t *operation) {
    if (stream->called == stream->room) {
        stream->room = stream->room ? 2 * stream->room : 256;
        stream->queue = realloc(stream->queue, stream->room * sizeof *stream->queue);
    }
    stream->queue[stream->called++] = *operation;
    if (operation->action == COPY && operation->engine == DTOH) memset(operation->target, 0xCD, operation->size);
    if (!deferred || stream->id == eager_stream) run_through(stream, stream->called);
}

/* The time of an operation on its engine; `ready` is that of its stream, or of its chain in a graph. */
void serve(operation_t *o, int64_t *ready, int stream) {
    int64_t now = device_now();
    int64_t start = *ready > now ? *ready : now;
    if (o->engine == NO_ENGINE) return;
    if (engine_free[o->engine] > start) start = engine_free[o->engine];
    int64_t end = start + o->duration_ns;
    engine_free[o->engine] = *ready = end;
    if (served_count < MOST) served[served_count] = (served_t){o->engine, stream, start, end};
    served_count++;
    if (o->action == KERNEL && !strcmp(o->function->name, "timestamp")) {
        memcpy((void *)(uintptr_t)o->params[0], &start, sizeof start);
    }
}

void call(stream_t *stream, operation_t operation) {
    if (operation.action == RECORD) {
        event_t *event = operation.event;
        int64_t now = device_now();
        event->recorded = 1;
        event->capture = NULL;
        event->time = stream->ready > now ? stream->ready : now;
        event->stream = stream;
        event->through = stream->called;
        return;
    }
    if (operation.action == WAIT) {
        event_t *event = operation.event;
        if (!event->recorded) return;
        if (event->time > stream->ready) stream->ready = event->time;
        operation.awaited = event->stream;
        operation.through = event->through;
    }
    serve(&operation, &stream->ready, stream->id);
    defer(stream, &operation);
}

/* Questions of the tests. */
API fake_live(int *counts) { memcpy(counts, live, sizeof live); return OK; }
API fake_forget_leaks(void) {
    memset(live, 0, sizeof live);
    wrong_uses = 0;
    first_misuse[0] = 0;
    forget_memory();
    return OK;
}
API fake_misuse(char *text, size_t size) { snprintf(text, size, "%s", first_misuse); return wrong_uses; }
API fake_calls(long *number) { *number = calls; return OK; }
API fake_served(int64_t *table, long most) {
    long given = served_count < most ? served_count : most;
    memcpy(table, served, given * sizeof *served);
    return (int)served_count;
}
API fake_now(int64_t *now) { *now = device_now(); return OK; }
API fake_do_nothing(int on) { do_nothing = on; return OK; }
API fake_forget_served(void) { served_count = 0; return OK; }
API fake_called(int i, char *name, size_t size) {
    if (i >= called_count) return NOT_FOUND;
    snprintf(name, size, "%s", called_names[i]);
    return OK;
}
API fake_fail(const char *name, long nth, int code) {
    snprintf(fault_name, sizeof fault_name, "%s", name);
    fault_countdown = nth;
    fault_code = code;
    return OK;
}
API fake_defer(int mode, int eager) {
    deferred = mode != 0;
    last_first = mode == 2;
    eager_stream = eager < 0 ? -1 : stream_count + eager;
    return OK;
}
