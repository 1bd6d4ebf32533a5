// What each instruction set has its own copy of.

#pragma once

#include "lstm.h"
#include "wavenet.h"

namespace nam {

struct Target {
    const char* name;
    int64_t lanes;
    // Floats of working memory that one thread needs, and one item of a batch with it.
    int64_t (*forward_memory)(const Batch&);
    void (*forward)(const Batch&, int64_t item, float* memory);
    int64_t (*backward_memory)(const Batch&);
    void (*backward)(const Batch&, int64_t item, float* sums, float* memory);
    // A net in the middle of a signal is its memory.
    int64_t (*stream_memory)(const WaveNet&);
    void (*stream_begin)(const WaveNet&, const float* pack, float* memory);
    // n samples; y may be null. Rows of x, condition and y are `*_row` floats apart.
    void (*stream_feed)(float* memory, int64_t n, const float* x, int64_t x_row, const float* condition,
                        int64_t condition_row, float scale, float* y, int64_t y_row);
    // A group is as many items of a batch as there are lanes.
    int64_t (*lstm_memory)(const LstmBatch&);
    void (*lstm_forward)(const LstmBatch&, int64_t group, float* memory);
    void (*lstm_backward)(const LstmBatch&, int64_t group, float* sums, float* memory);
    void (*lstm_alone)(const LstmBatch&, int64_t item, float* memory);
};

}  // namespace nam
