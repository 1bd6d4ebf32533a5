// What an LSTM is to the compiled code: sizes, and where each weight lies. Plain data, the same for every processor.

#pragma once

#include <stdint.h>

namespace nam {

struct LstmLayer {
    int64_t inputs;
    struct { int64_t of_input, of_hidden, bias_input, bias_hidden; } params;
    // (inputs + hidden, 4 hidden), (4 hidden), (4 hidden, inputs + hidden); and the first two for one signal, where each
    // gate has a whole number of vectors.
    struct { int64_t weights, bias, back, alone, alone_bias; } pack;
    struct { int64_t weights, bias; } sums;
};

// Layers of long short-term memory and a linear head. The gates are in the order input, forget, cell, output.
struct Lstm {
    int64_t layers, inputs, hidden;
    bool has_bias;
    const LstmLayer* layer;
    struct { int64_t weights, bias; } head_params, head_pack, head_sums;
    int64_t params, pack, sums;  // floats
};

// Signals of one batch. States are (layers, items, hidden).
struct LstmBatch {
    const Lstm* net;
    const float* pack;
    int64_t items, length;
    const float* x;  // (items, length, inputs)
    const float *hidden, *cell;
    float* y;  // (items, length)
    float *hidden_after, *cell_after;
    float* record;  // null for an inference
    const float *dy, *dhidden_after, *dcell_after;
    float *dx, *dhidden, *dcell;  // dx may be null
};

}  // namespace nam
