// What happens to the sums of a product before they are stored: bias, residual, clamp, and in INT8 the way back to
// bytes. These cost no launch of their own.
//
// `visit` of a product hands out sums of one row and 2 or 4 neighbouring columns. A row is a pixel of a sample (a fully
// connected layer has one pixel), a column is a filter. An epilogue is asked twice: columns(c) once for each group of
// neighbouring columns, and with its answer store(columns, row, sums) for each row.
#pragma once

#include "tensors.cuh"

// Where a block's tile lies in the whole result.
struct Place {
    int first_row, first_column;
    int rows, columns;  // of the whole result
    int pixels;         // rows of one sample
};

// A row of the whole result as a pixel of a sample.
struct Pixel {
    int sample, index;

    __device__ Pixel(const Place& place, int row) : sample(row / place.pixels), index(row - sample * place.pixels) {}
};

// A group of neighbouring columns: its first column in the whole result and in its target.
struct Columns {
    int first;
    int in_target;
    Target target;

    __device__ Columns(const Destinations& out, int column)
        : first(column), in_target(column), target(out.of(in_target)) {}
};

struct FloatEpilogue {
    Place place;
    const float* bias;
    Operand residual;  // data is null when nothing is added
    int relu;
    const Destinations& out;

    __device__ Columns columns(int local_column) const { return Columns(out, place.first_column + local_column); }

    template <int COUNT>
    __device__ void store(const Columns& columns, int local_row, const float (&sums)[COUNT]) const {
        const int row = place.first_row + local_row;
        if (row >= place.rows) return;
        const Pixel pixel(place, row);
        const long long plane = place.pixels;
        float* const made = columns.target.floats(pixel.sample) + columns.in_target * plane + pixel.index;
        const float* const added =
            residual.data ? residual.floats(pixel.sample) + columns.first * plane + pixel.index : nullptr;
#pragma unroll
        for (int i = 0; i < COUNT; ++i) {
            if (columns.first + i < place.columns) {
                float value = sums[i] + bias[columns.first + i];
                if (added) value += added[i * plane];
                made[i * plane] = relu ? fmaxf(value, 0.0f) : value;
            }
        }
    }
};

// scale[column] and bias[column] turn a 32-bit sum into units of the stored bytes:
// scale = step of the input x step of the filter's weights / step of the result, bias = bias / step of the result.
// residual_scale = step of the residual / step of the result.
struct ByteEpilogue {
    Place place;
    const float* scale;
    const float* bias;
    Operand residual;
    float residual_scale;
    int relu;
    const Destinations& out;

    __device__ Columns columns(int local_column) const { return Columns(out, place.first_column + local_column); }

    // Two or four bytes of one word. What pads the channels to a multiple of four is written too, as zeros.
    template <int COUNT>
    __device__ void store(const Columns& columns, int local_row, const int (&sums)[COUNT]) const {
        const int row = place.first_row + local_row;
        if (row >= place.rows || columns.first >= 4 * groups_of_four(place.columns)) return;
        const Pixel pixel(place, row);
        const long long plane = place.pixels;
        const int added = residual.data ? residual.words(pixel.sample)[columns.first / 4 * plane + pixel.index] : 0;
        int bytes[COUNT];
#pragma unroll
        for (int i = 0; i < COUNT; ++i) {
            const int column = columns.first + i;
            bytes[i] = column < place.columns ? finished(sums[i], byte_of(added, column % 4), column) : 0;
        }
        int* const word = columns.target.words(pixel.sample) + columns.in_target / 4 * plane + pixel.index;
        put(word, columns.in_target % 4, bytes);
    }

    __device__ int finished(int sum, int addend, int column) const {
        float value = scaled(__int2float_rn(sum), scale[column], bias[column]);
        if (residual.data) value = __fadd_rn(value, __fmul_rn(__int2float_rn(addend), residual_scale));
        return saturated_byte(relu ? fmaxf(value, 0.0f) : value);
    }

    __device__ static void put(int* word, int, const int (&bytes)[4]) {
        *word = packed(bytes[0], bytes[1], bytes[2], bytes[3]);
    }

    __device__ static void put(int* word, int first, const int (&bytes)[2]) {
        reinterpret_cast<short*>(word)[first / 2] = static_cast<short>((bytes[0] & 255) | bytes[1] << 8);
    }
};

// The result of an INT8 layer as floats: for the one that softmax reads.
struct DequantizingEpilogue {
    Place place;
    const float* scale;
    const float* bias;
    int relu;
    const Destinations& out;

    __device__ Columns columns(int local_column) const { return Columns(out, place.first_column + local_column); }

    template <int COUNT>
    __device__ void store(const Columns& columns, int local_row, const int (&sums)[COUNT]) const {
        const int row = place.first_row + local_row;
        if (row >= place.rows) return;
        const Pixel pixel(place, row);
        const long long plane = place.pixels;
        float* const made = columns.target.floats(pixel.sample) + columns.in_target * plane + pixel.index;
#pragma unroll
        for (int i = 0; i < COUNT; ++i) {
            const int column = columns.first + i;
            if (column < place.columns) {
                const float value = scaled(__int2float_rn(sums[i]), scale[column], bias[column]);
                made[i * plane] = relu ? fmaxf(value, 0.0f) : value;
            }
        }
    }
};
