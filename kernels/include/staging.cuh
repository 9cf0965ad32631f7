// How a block stages the operands of a matrix product in shared memory.
//
// A product of ROWS x COLUMNS is computed in steps of STEP words of the inner dimension: while the block multiplies one
// step in shared memory, each thread already holds its part of the next one in registers, and puts it into the other of
// two buffers. A panel is one operand; it has
//   fetch()        the next step, from global memory to registers (zeros outside the matrix)
//   store(stage)   from registers to shared memory, where stage[word * EXTENT + swizzled(word, index)] is word `word`
// of
//                  row (or column) `index`
#pragma once

#include "tensors.cuh"

constexpr int STEP = 8;

// The banks of shared memory repeat every 32 words, and so do the rows of a stage. This permutation lets eight words of
// four neighbours be stored, four words of eight neighbours be read (a fragment of mma.m16n8k32), and one word of 32
// neighbours be stored or read without two lanes meeting in a bank. It leaves groups of four together, for vector
// loads.
__device__ __forceinline__ int swizzled(int word, int index) { return index ^ ((word & 3) << 3 | (word & 4)); }

// A matrix whose rows are contiguous: the weights of a filter, or a sample's inputs of a fully connected layer. Eight
// lanes read the eight words of one row, which are one 32-byte sector.
template <class Word, int EXTENT, int THREADS>
struct RowPanel {
    static constexpr int FETCHES = EXTENT * STEP / THREADS;
    static_assert(FETCHES * THREADS == EXTENT * STEP && THREADS % STEP == 0, "threads must share a step evenly");

    const Word* matrix;
    long long pitch;
    int first, rows;
    int word, words;
    Word held[FETCHES];

    __device__ RowPanel(const Word* matrix, long long pitch, int first, int rows, int words)
        : matrix(matrix), pitch(pitch), first(first), rows(rows), word(threadIdx.x % STEP), words(words) {}

    __device__ void fetch() {
#pragma unroll
        for (int i = 0; i < FETCHES; ++i) {
            const int row = first + local_row(i);
            held[i] = row < rows && word < words ? matrix[row * pitch + word] : Word(0);
        }
        word += STEP;
    }

    __device__ void store(Word* stage) const {
        const int place = threadIdx.x % STEP;
#pragma unroll
        for (int i = 0; i < FETCHES; ++i) stage[place * EXTENT + swizzled(place, local_row(i))] = held[i];
    }

    __device__ static int local_row(int i) { return threadIdx.x / STEP + i * (THREADS / STEP); }
};

struct ConvShape {
    int samples;
    int channels;  // in words: groups of four in INT8
    int height, width;
    int filters;
    int window_height, window_width;
    int stride, pad;
    int relu;
    int out_height, out_width;
};

// The matrix of a convolution's patches: a row is an output pixel of a sample, its words are the window's positions,
// row by row, and at each the channels. It exists only here (implicit GEMM): each thread walks along one row, and needs
// no division on the way. Neighbouring lanes have neighbouring pixels.
template <class Word, int EXTENT, int THREADS>
struct PatchPanel {
    static constexpr int FETCHES = EXTENT * STEP / THREADS;
    static_assert(FETCHES * THREADS == EXTENT * STEP && THREADS % EXTENT == 0, "threads must share a step evenly");

    const Word* sample;   // null outside the matrix
    int plane;            // words of a channel
    int top, left;        // image position of the window's first row and column
    int channel, down, right;  // place in the window of the word to fetch next
    const ConvShape& shape;
    Word held[FETCHES];

    __device__ PatchPanel(const ConvShape& shape, const Operand& image, int first) : shape(shape) {
        const int pixels = shape.out_height * shape.out_width;
        const int row = first + threadIdx.x % EXTENT;
        const int pixel = row % pixels;
        const bool inside = row < shape.samples * pixels;
        sample = inside ? static_cast<const Word*>(image.data) + row / pixels * image.pitch : nullptr;
        plane = shape.height * shape.width;
        top = pixel / shape.out_width * shape.stride - shape.pad;
        left = pixel % shape.out_width * shape.stride - shape.pad;
        channel = down = right = 0;
        advance(threadIdx.x / EXTENT * FETCHES);
    }

    __device__ void fetch() {
#pragma unroll
        for (int i = 0; i < FETCHES; ++i) {
            held[i] = at_place();
            advance(1);
        }
        if (FETCHES < STEP) advance(STEP - FETCHES);
    }

    __device__ void store(Word* stage) const {
        const int first_word = threadIdx.x / EXTENT * FETCHES;
#pragma unroll
        for (int i = 0; i < FETCHES; ++i) {
            const int word = first_word + i;
            stage[word * EXTENT + swizzled(word, threadIdx.x % EXTENT)] = held[i];
        }
    }

    __device__ Word at_place() const {
        const int y = top + down, x = left + right;
        const bool inside = static_cast<unsigned>(y) < static_cast<unsigned>(shape.height) &&
                            static_cast<unsigned>(x) < static_cast<unsigned>(shape.width);
        const bool exists = sample != nullptr && down < shape.window_height;
        return exists && inside ? sample[static_cast<long long>(channel) * plane + y * shape.width + x] : Word(0);
    }

    __device__ void advance(int words) {
        channel += words;
        while (channel >= shape.channels) {
            channel -= shape.channels;
            if (++right == shape.window_width) {
                right = 0;
                ++down;
            }
        }
    }
};

// Runs `product` over all steps. `stages` are the two buffers, each the left operand's step and then the right one's.
// While one step is multiplied, the next is on its way from global memory.
template <class Word, int LEFT_WORDS, int STAGE_WORDS, class Left, class Right, class Product>
__device__ void multiply(Left& left, Right& right, Product& product, int steps, Word (&stages)[2][STAGE_WORDS]) {
    for (int step = 0; step <= steps; ++step) {
        const bool more = step < steps;
        if (more) {
            left.fetch();
            right.fetch();
        }
        if (step > 0) {
            const Word* const current = stages[(step - 1) & 1];
            product.accumulate(current, current + LEFT_WORDS);
        }
        if (more) {
            Word* const next = stages[step & 1];
            left.store(next);
            right.store(next + LEFT_WORDS);
        }
        __syncthreads();
    }
}
