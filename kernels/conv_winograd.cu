// Convolution of 3x3 windows at every pixel in FP32 by Winograd's algorithm F(2x2, 3x3) (Lavin and Gray, "Fast
// Algorithms for Convolutional Neural Networks", 2015): 16 products make the 2x2 results that take 36 the direct way.
//
//     result = At [ (G g Gt) * (Bt d B) ] A     for a 4x4 piece d of the image and a 3x3 filter g
//
// A block computes 32 pieces x 32 filters; grid (blocks of pieces, blocks of filters), 256 threads. The 16 products
// of a piece are 16 matrix products over the channels; a warp does two of them, 4 pieces x 8 filters a lane. Channels
// come eight at a time and must be a multiple of eight. weights[channel][16][filter] are transformed already (G g Gt).
#include "platform.cuh"
#include "staging.cuh"

constexpr int PIECE = 4, POINTS = PIECE * PIECE, RESULT = 2;
constexpr int SIDE = 32, THREADS = 256, CHANNELS = 8;
constexpr int WARP_POINTS = POINTS / (THREADS / WARP);
constexpr int LANE_PIECES = 4, LANE_FILTERS = 8, HALF_FILTERS = LANE_FILTERS / 2;
constexpr int OPERAND_WORDS = POINTS * CHANNELS * SIDE;

// Bt d B in place: rows, then columns; Bt = [1 0 -1 0; 0 1 1 0; 0 -1 1 0; 0 1 0 -1].
__device__ void transform_piece(float (&d)[POINTS]) {
#pragma unroll
    for (int pass = 0; pass < 2; ++pass) {
        const int along = pass == 0 ? PIECE : 1, across = pass == 0 ? 1 : PIECE;
#pragma unroll
        for (int i = 0; i < PIECE; ++i) {
            float* line = d + i * across;
            const float d0 = line[0], d1 = line[along], d2 = line[2 * along], d3 = line[3 * along];
            line[0] = d0 - d2;
            line[along] = d1 + d2;
            line[2 * along] = d2 - d1;
            line[3 * along] = d1 - d3;
        }
    }
}

// At m A; At = [1 1 1 0; 0 1 -1 -1].
__device__ void transform_result(const float (&m)[POINTS], float (&result)[RESULT][RESULT]) {
    float half[RESULT][PIECE];
#pragma unroll
    for (int i = 0; i < PIECE; ++i) {
        half[0][i] = m[i] + m[PIECE + i] + m[2 * PIECE + i];
        half[1][i] = m[PIECE + i] - m[2 * PIECE + i] - m[3 * PIECE + i];
    }
#pragma unroll
    for (int i = 0; i < RESULT; ++i) {
        result[i][0] = half[i][0] + half[i][1] + half[i][2];
        result[i][1] = half[i][1] - half[i][2] - half[i][3];
    }
}

// Where piece number `index` lies: its sample, and the pixel of its first result. None where sample is negative.
struct Piece {
    int sample, top, left;

    __device__ Piece(const ConvShape& shape, int index) {
        const int across = (shape.out_width + 1) / RESULT, down = (shape.out_height + 1) / RESULT;
        sample = index < shape.samples * down * across ? index / (down * across) : -1;
        top = index / across % down * RESULT;
        left = index % across * RESULT;
    }
};

static_assert(CHANNELS * SIDE == THREADS, "a thread fetches one piece and one filter of one channel");

// One thread's part of a step, on its way from global to shared memory: one piece of one channel, transformed on the
// way, and one filter's 16 transformed weights of one channel.
struct Fetched {
    float piece[POINTS];
    float weights[POINTS];

    __device__ void fetch(const ConvShape& shape, const float* sample, const Piece& place, const float* all_weights,
                          int channel, int filter) {
        const float* plane = sample + static_cast<long long>(channel) * shape.height * shape.width;
#pragma unroll
        for (int i = 0; i < POINTS; ++i) {
            const int y = place.top - shape.pad + i / PIECE, x = place.left - shape.pad + i % PIECE;
            const bool inside = place.sample >= 0 && static_cast<unsigned>(y) < static_cast<unsigned>(shape.height) &&
                                static_cast<unsigned>(x) < static_cast<unsigned>(shape.width);
            piece[i] = inside ? plane[y * shape.width + x] : 0.0f;
            const long long row = static_cast<long long>(channel) * POINTS + i;
            weights[i] = filter < shape.filters ? all_weights[row * shape.filters + filter] : 0.0f;
        }
        transform_piece(piece);
    }

    __device__ void store(float* pieces, float* filters) const {
#pragma unroll
        for (int i = 0; i < POINTS; ++i) {
            pieces[i * THREADS + threadIdx.x] = piece[i];
            filters[i * THREADS + threadIdx.x] = weights[i];
        }
    }
};

struct Sums {
    float of[WARP_POINTS][LANE_FILTERS][LANE_PIECES] = {};

    __device__ static int first_point() { return threadIdx.x / WARP * WARP_POINTS; }
    __device__ static int piece_slot() { return threadIdx.x % WARP % (SIDE / LANE_PIECES) * LANE_PIECES; }
    __device__ static int filter_slot() { return threadIdx.x % WARP / (SIDE / LANE_PIECES) * HALF_FILTERS; }

    __device__ void accumulate(const float* pieces, const float* filters) {
#pragma unroll
        for (int point = 0; point < WARP_POINTS; ++point) {
#pragma unroll
            for (int channel = 0; channel < CHANNELS; ++channel) {
                const int row = ((first_point() + point) * CHANNELS + channel) * SIDE;
                const float4 a = *reinterpret_cast<const float4*>(pieces + row + piece_slot());
                const float4 low = *reinterpret_cast<const float4*>(filters + row + filter_slot());
                const float4 high = *reinterpret_cast<const float4*>(filters + row + SIDE / 2 + filter_slot());
                const float values[LANE_PIECES] = {a.x, a.y, a.z, a.w};
                const float factors[LANE_FILTERS] = {low.x, low.y, low.z, low.w, high.x, high.y, high.z, high.w};
#pragma unroll
                for (int j = 0; j < LANE_FILTERS; ++j) {
#pragma unroll
                    for (int i = 0; i < LANE_PIECES; ++i) {
                        of[point][j][i] = fmaf(values[i], factors[j], of[point][j][i]);
                    }
                }
            }
        }
    }

    // The sums of one half of the block's filters, as exchange[point][filter of the half][piece].
    __device__ void publish(float* exchange, int half) const {
#pragma unroll
        for (int point = 0; point < WARP_POINTS; ++point) {
#pragma unroll
            for (int j = 0; j < HALF_FILTERS; ++j) {
                const float(&line)[LANE_PIECES] = of[point][half * HALF_FILTERS + j];
                const int row = ((first_point() + point) * SIDE / 2 + filter_slot() + j) * SIDE;
                *reinterpret_cast<float4*>(exchange + row + piece_slot()) =
                    make_float4(line[0], line[1], line[2], line[3]);
            }
        }
    }
};

__device__ void write_results(const ConvShape& shape, const float (&result)[RESULT][RESULT], const Piece& place,
                              int filter, float bias, const Operand& residual, const Destinations& out) {
    int column = filter;
    const Target target = out.of(column);
    const int plane = shape.out_height * shape.out_width;
    float* made = target.floats(place.sample) + static_cast<long long>(column) * plane;
    const long long added = static_cast<long long>(filter) * plane;
#pragma unroll
    for (int i = 0; i < RESULT * RESULT; ++i) {
        const int y = place.top + i / RESULT, x = place.left + i % RESULT;
        if (y < shape.out_height && x < shape.out_width) {
            const int pixel = y * shape.out_width + x;
            float value = result[i / RESULT][i % RESULT] + bias;
            if (residual.data) value += residual.floats(place.sample)[added + pixel];
            made[pixel] = shape.relu ? fmaxf(value, 0.0f) : value;
        }
    }
}

extern "C" __global__ void __launch_bounds__(THREADS, 2)
    conv_winograd_2x2_3x3_fp32(ConvShape shape, Operand image, const float* __restrict__ weights,
                               const float* __restrict__ bias, Operand residual, Destinations out) {
    __shared__ __align__(16) float stage[2 * OPERAND_WORDS];
    float* const pieces = stage;
    float* const filters = stage + OPERAND_WORDS;

    const Piece place(shape, blockIdx.x * SIDE + threadIdx.x % SIDE);
    const int first_filter = blockIdx.y * SIDE;
    const int filter = first_filter + threadIdx.x % SIDE;
    const int channel = threadIdx.x / SIDE;
    const float* const sample = image.floats(place.sample < 0 ? 0 : place.sample);

    Fetched next;
    Sums sums;
    next.fetch(shape, sample, place, weights, channel, filter);
    for (int done = 0; done < shape.channels; done += CHANNELS) {
        next.store(pieces, filters);
        __syncthreads();
        // The next step is on its way from global memory while this one is multiplied.
        if (done + CHANNELS < shape.channels) {
            next.fetch(shape, sample, place, weights, done + CHANNELS + channel, filter);
        }
        sums.accumulate(pieces, filters);
        __syncthreads();
    }

#pragma unroll
    for (int half = 0; half < 2; ++half) {
        sums.publish(stage, half);
        __syncthreads();
        for (int row = threadIdx.x / SIDE; row < SIDE / 2; row += THREADS / SIDE) {
            const int made = first_filter + half * (SIDE / 2) + row;
            if (place.sample >= 0 && made < shape.filters) {
                float points[POINTS];
#pragma unroll
                for (int i = 0; i < POINTS; ++i) points[i] = stage[(i * SIDE / 2 + row) * SIDE + threadIdx.x % SIDE];
                float result[RESULT][RESULT];
                transform_result(points, result);
                write_results(shape, result, place, made, bias[made], residual, out);
            }
        }
        __syncthreads();
    }
}
