// Fully connected layers of many samples: a tile of samples x outputs a block, staged as in the convolutions; grid
// (tiles of samples, tiles of outputs).
#pragma once

#include "dense.cuh"
#include "epilogues.cuh"
#include "products.cuh"

template <int ROWS, int COLUMNS, int THREADS, class Word, class Product>
__device__ Place gemm(const DenseShape& shape, const Word* input, long long pitch, const Word* weights,
                      Product& product) {
    __shared__ __align__(16) Word stages[2][STEP * (ROWS + COLUMNS)];
    const Place place = {static_cast<int>(blockIdx.x) * ROWS, static_cast<int>(blockIdx.y) * COLUMNS, shape.samples,
                         shape.outputs, 1};
    RowPanel<Word, ROWS, THREADS> samples(input, pitch, place.first_row, shape.samples, shape.words);
    RowPanel<Word, COLUMNS, THREADS> outputs(weights, shape.words, place.first_column, shape.outputs, shape.words);
    multiply<Word, STEP * ROWS>(samples, outputs, product, (shape.words + STEP - 1) / STEP, stages);
    return place;
}
