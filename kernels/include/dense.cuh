// Fully connected layers: result[sample][output] = inputs x weights, with weights[output][word].
#pragma once

struct DenseShape {
    int samples;
    int words;  // of a sample's input
    int outputs;
    int relu;
};
