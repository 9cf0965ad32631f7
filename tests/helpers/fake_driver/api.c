/* The entry points: devices, contexts, memory, modules, errors, and the table that names them. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fake.h"

static __thread int current = -1;
static int retained[16];

int has_context(void) { return current >= 0; }

API cuInit(unsigned flags) {
    read_settings();
    (void)flags;
    if (setting("FAKE_CUDA_NODEV", 0)) return NO_DEVICE;
    ENTER;
    return OK;
}

API cuDriverGetVersion(int *version) {
    read_settings();
    *version = (int)setting("FAKE_CUDA_VERSION", 13000);
    ENTER;
    return OK;
}

static int devices(void) { return (int)setting("FAKE_CUDA_DEVICES", 1); }

API cuDeviceGetCount(int *number) { *number = devices(); ENTER; return OK; }

API cuDeviceGet(int *device, int ordinal) {
    *device = ordinal;
    ENTER;
    return ordinal >= 0 && ordinal < devices() ? OK : BAD_DEVICE;
}

API cuDeviceGetName(char *name, int size, int device) {
    snprintf(name, size, "Fake device %d", device);
    ENTER;
    return OK;
}

API cuDeviceTotalMem_v2(size_t *bytes, int device) {
    (void)device;
    *bytes = (size_t)setting("FAKE_CUDA_MEMORY", 8ll << 30);
    ENTER;
    return OK;
}

API cuDeviceGetPCIBusId(char *text, int size, int device) {
    snprintf(text, size, "0000:%02x:00.0", device + 1);
    ENTER;
    return OK;
}

API cuDeviceGetAttribute(int *value, int attribute, int device) {
    static const int known[][2] = {{1, 1024}, {8, 49152}, {10, 32}, {13, 1980000}, {16, 132}, {19, 1}, {31, 1},
                                   {39, 2048}, {40, 2}, {41, 1}, {75, 9}, {76, 0}, {97, 232448}, {106, 32}};
    (void)device;
    *value = attribute == 20 ? (int)setting("FAKE_CUDA_COMPUTE_MODE", 0) : 0;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (known[i][0] == attribute) *value = known[i][1];
    ENTER;
    return OK;
}

API cuDevicePrimaryCtxRetain(void **context, int device) {
    *context = (void *)(uintptr_t)(0x1000 + device);
    ENTER;
    if (setting("FAKE_CUDA_BUSY", 0)) return UNAVAILABLE;
    retained[device]++;
    count(CONTEXTS, 1);
    return OK;
}

API cuDevicePrimaryCtxRelease_v2(int device) {
    ENTER;
    retained[device]--;
    count(CONTEXTS, -1);
    return OK;
}

API cuCtxSetCurrent(void *context) {
    current = context ? (int)((uintptr_t)context - 0x1000) : -1;
    ENTER;
    return current < 0 || retained[current] > 0 ? OK : misuse("a context was made current after its release");
}

API cuCtxGetStreamPriorityRange(int *least, int *greatest) { *least = 0; *greatest = -5; ENTER; return OK; }

/* Memory. */
typedef struct { char *at; size_t size; int kind; } block_t;
static block_t blocks[65536];
static int block_count;
static size_t in_use;

static int inside(const void *pointer, size_t size, int kind) {
    const char *p = pointer;
    for (int i = 0; i < block_count; i++)
        if (blocks[i].kind == kind && p >= blocks[i].at && p + size <= blocks[i].at + blocks[i].size) return 1;
    return 0;
}

int is_pinned(const void *pointer, size_t size) { return inside(pointer, size, HOST_MEMORY); }

/* Mapped host memory is device memory too: a kernel or a copy may name it. */
int is_device(CUdeviceptr pointer, size_t size) {
    const void *p = (const void *)(uintptr_t)pointer;
    return inside(p, size, DEVICE_MEMORY) || inside(p, size, HOST_MEMORY);
}

static CUresult allocate(void **pointer, size_t size, int kind) {
    size_t most = (size_t)setting("FAKE_CUDA_MEMORY", 8ll << 30);
    if (!size) return INVALID_VALUE;
    if (kind == DEVICE_MEMORY && in_use + size > most) return OUT_OF_MEMORY;
    if (block_count == 65536 || posix_memalign(pointer, 4096, size)) return OUT_OF_MEMORY;
    memset(*pointer, 0xA5, size);
    blocks[block_count++] = (block_t){*pointer, size, kind};
    if (kind == DEVICE_MEMORY) in_use += size;
    count(kind, 1);
    return OK;
}

static CUresult release(void *pointer, int kind) {
    for (int i = 0; i < block_count; i++) {
        if (blocks[i].at != pointer || blocks[i].kind != kind) continue;
        run_everything();
        if (kind == DEVICE_MEMORY) in_use -= blocks[i].size;
        blocks[i] = blocks[--block_count];
        free(pointer);
        count(kind, -1);
        return OK;
    }
    return misuse("memory was freed that is not allocated");
}

void forget_memory(void) {
    block_count = 0;
    in_use = 0;
}

/* A program that measures calls copies between two buffers that really exist. */
static char somewhere[1 << 20];

API cuMemAlloc_v2(CUdeviceptr *pointer, size_t size) {
    *pointer = (CUdeviceptr)(uintptr_t)somewhere;
    ENTER;
    NEEDS_CONTEXT;
    return allocate((void **)pointer, size, DEVICE_MEMORY);
}

API cuMemFree_v2(CUdeviceptr pointer) { ENTER; return release((void *)(uintptr_t)pointer, DEVICE_MEMORY); }

API cuMemHostAlloc(void **pointer, size_t size, unsigned flags) {
    (void)flags;
    *pointer = somewhere;
    ENTER;
    NEEDS_CONTEXT;
    return allocate(pointer, size, HOST_MEMORY);
}

API cuMemFreeHost(void *pointer) { ENTER; return release(pointer, HOST_MEMORY); }

API cuMemHostGetDevicePointer_v2(CUdeviceptr *device, void *host, unsigned flags) {
    (void)flags;
    *device = (CUdeviceptr)(uintptr_t)host;
    ENTER;
    return is_pinned(host, 1) ? OK : INVALID_VALUE;
}

API cuMemGetInfo_v2(size_t *available, size_t *total) {
    ENTER;
    NEEDS_CONTEXT;
    *total = (size_t)setting("FAKE_CUDA_MEMORY", 8ll << 30);
    *available = *total - in_use;
    return OK;
}

/* Modules. Any image is a module, and any name but `absent...` a function of it. */
typedef struct module { int magic; function_t *functions[256]; int count; } module_t;

static void mix(unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz, unsigned sm, void **args) {
    unsigned char *target = *(unsigned char **)args[0];
    const unsigned char *source = *(unsigned char **)args[2];
    size_t written = *(uint64_t *)args[1], read = *(uint64_t *)args[3];
    (void)gx, (void)gy, (void)gz, (void)bx, (void)by, (void)bz, (void)sm;
    for (size_t i = 0; i < written; i++) target[i] = (unsigned char)(source[i % read] * 31 + 7 + i / read);
}

API cuModuleLoadData(module_t **module, const void *image) {
    *module = calloc(1, sizeof **module);
    (*module)->magic = 0x30d;
    ENTER;
    NEEDS_CONTEXT;
    if (!image) return INVALID_VALUE;
    count(MODULES, 1);
    return OK;
}

API cuModuleUnload(module_t *module) {
    ENTER;
    if (module->magic != 0x30d) return misuse("a module was unloaded twice");
    run_everything();
    module->magic = 0;
    count(MODULES, -1);
    return OK;
}

static void *host_kernel(const char *name) {
    static void *library;
    const char *path = getenv("FAKE_CUDA_KERNELS");
    char symbol[160];
    if (!strcmp(name, "mix")) return (void *)mix;
    if (!path || !*path) return NULL;
    if (!library) library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    snprintf(symbol, sizeof symbol, "fake_launch_%s", name);
    return library ? dlsym(library, symbol) : NULL;
}

API cuModuleGetFunction(function_t **function, module_t *module, const char *name) {
    *function = calloc(1, sizeof **function);
    snprintf((*function)->name, sizeof (*function)->name, "%s", name);
    *(void **)&(*function)->host = host_kernel(name);
    ENTER;
    (void)module;
    return strncmp(name, "absent", 6) ? OK : NOT_FOUND;
}

API cuFuncSetAttribute(function_t *function, int attribute, int value) {
    (void)function, (void)attribute;
    ENTER;
    return value <= 232448 ? OK : INVALID_VALUE;
}

API cuOccupancyMaxActiveBlocksPerMultiprocessor(int *blocks_, function_t *function, int threads, size_t shared) {
    (void)function, (void)shared;
    *blocks_ = threads > 0 && 2048 / threads < 32 ? 2048 / threads : 32;
    ENTER;
    return OK;
}

/* Errors. */
API cuGetErrorName(CUresult code, const char **text) {
    static const struct { int code; const char *name; } names[] = {
        {0, "CUDA_SUCCESS"}, {1, "CUDA_ERROR_INVALID_VALUE"}, {2, "CUDA_ERROR_OUT_OF_MEMORY"},
        {46, "CUDA_ERROR_DEVICE_UNAVAILABLE"}, {100, "CUDA_ERROR_NO_DEVICE"}, {101, "CUDA_ERROR_INVALID_DEVICE"},
        {209, "CUDA_ERROR_NO_BINARY_FOR_GPU"}, {400, "CUDA_ERROR_INVALID_HANDLE"}, {500, "CUDA_ERROR_NOT_FOUND"},
        {600, "CUDA_ERROR_NOT_READY"}, {700, "CUDA_ERROR_ILLEGAL_ADDRESS"}, {719, "CUDA_ERROR_LAUNCH_FAILED"}};
    *text = "CUDA_ERROR_UNKNOWN";
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (names[i].code == code) *text = names[i].name;
    return OK;
}

API cuGetErrorString(CUresult code, const char **text) { *text = code == 700 ? "an illegal memory access was encountered" : "the fake driver was told to fail"; return OK; }

/* NVRTC asks for private tables, and compiles without them. */
API cuGetExportTable(const void **table, const void *id) { (void)id; *table = NULL; return NOT_FOUND; }

API cuGetProcAddress_v2(const char *symbol, void **address, int version, uint64_t flags, int *status) {
    static const char *suffixes[] = {"_v4", "_v3", "_v2", "", NULL};
    static void *self;
    char name[256];
    (void)version, (void)flags;
    if (!self) {
        Dl_info info;
        dladdr((void *)&cuInit, &info);
        self = dlopen(info.dli_fname, RTLD_NOW | RTLD_NOLOAD | RTLD_LOCAL);
    }
    *address = !strcmp(symbol, "cuGetProcAddress") ? (void *)&cuGetProcAddress_v2 : NULL;
    for (int i = 0; !*address && suffixes[i]; i++) {
        snprintf(name, sizeof name, "%s%s", symbol, suffixes[i]);
        *address = dlsym(self, name);
    }
    if (status) *status = *address ? 0 : 1;
    return *address ? OK : NOT_FOUND;
}

API cuGetProcAddress(const char *symbol, void **address, int version, uint64_t flags) {
    return cuGetProcAddress_v2(symbol, address, version, flags, NULL);
}
