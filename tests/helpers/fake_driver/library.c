/* The entry points that cuda.core calls instead of those that Lanescope does: libraries for modules, one call for all
 * copies. Only what comparing their cost needs. */
#include "fake.h"

CUresult cuModuleLoadData(void **module, const void *image);
CUresult cuModuleUnload(void *module);
CUresult cuModuleGetFunction(void **function, void *module, const char *name);
CUresult cuLaunchKernel(void *function, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz,
                        unsigned shared, stream_t *stream, void **params, void **extra);
CUresult cuMemcpyHtoDAsync_v2(CUdeviceptr target, const void *source, size_t size, stream_t *stream);
CUresult cuMemcpyDtoHAsync_v2(void *target, CUdeviceptr source, size_t size, stream_t *stream);

API cuLibraryLoadData(void **library, const void *image, void *a, void *b, unsigned n, void *c, void *d, unsigned k) {
    (void)a, (void)b, (void)n, (void)c, (void)d, (void)k;
    return cuModuleLoadData(library, image);
}

API cuLibraryUnload(void *library) { return cuModuleUnload(library); }

API cuLibraryGetKernel(void **kernel, void *library, const char *name) {
    return cuModuleGetFunction(kernel, library, name);
}

API cuKernelGetFunction(void **function, void *kernel) { *function = kernel; return OK; }

API cuKernelGetAttribute(int *value, int attribute, void *kernel, int device) {
    (void)attribute, (void)kernel, (void)device;
    *value = 0;
    return OK;
}

API cuKernelGetParamInfo(void *kernel, size_t i, size_t *offset, size_t *size) {
    (void)kernel, (void)i, (void)offset, (void)size;
    return INVALID_VALUE;
}

typedef struct { unsigned gx, gy, gz, bx, by, bz, shared; stream_t *stream; void *attributes; unsigned count; } config_t;

API cuLaunchKernelEx(const config_t *c, void *function, void **params, void **extra) {
    return cuLaunchKernel(function, c->gx, c->gy, c->gz, c->bx, c->by, c->bz, c->shared, c->stream, params, extra);
}

/* Told apart by where the host's side lies. */
API cuMemcpyAsync(CUdeviceptr target, CUdeviceptr source, size_t size, stream_t *stream) {
    const void *from = (const void *)(uintptr_t)source;
    if (is_pinned(from, size)) return cuMemcpyHtoDAsync_v2(target, from, size, stream);
    return cuMemcpyDtoHAsync_v2((void *)(uintptr_t)target, source, size, stream);
}

API cuCtxGetDevice(int *device) { *device = 0; return OK; }
API cuCtxGetCurrent(void **context) { *context = (void *)(uintptr_t)0x1000; return OK; }
API cuStreamGetCtx(stream_t *stream, void **context) { (void)stream; return cuCtxGetCurrent(context); }
API cuStreamIsCapturing(stream_t *stream, int *status) { (void)stream; *status = 0; return OK; }
API cuPointerGetAttribute(void *value, int attribute, CUdeviceptr pointer) {
    (void)attribute, (void)pointer;
    *(int *)value = 0;
    return OK;
}
