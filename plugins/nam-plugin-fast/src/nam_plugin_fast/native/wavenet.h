// What a WaveNet is to the compiled code: sizes, and where each weight lies. Plain data, the same for every processor.
// A ConvNet is one stack whose layers replace their input, of which the last one alone is heard.
//
// Weights come as the parameters of the modules one after the other (`Layer::params` and so on, in floats), are packed
// once a call into the orders in which the products read them (`pack`), and their gradients are summed in an order of
// the products, too (`sums`), until everything is done.

#pragma once

#include <stdint.h>

namespace nam {

enum Kind : int64_t {
    TANH, FAST_TANH, HARD_TANH, LEAKY_HARD_TANH, RELU, LEAKY_RELU, PRELU, SIGMOID, SILU, HARD_SWISH, SOFTSIGN, KINDS
};

enum Gating : int64_t { NONE, GATED, BLENDED, GATINGS };

struct Activation {
    Kind kind;
    int64_t slopes;   // of a PReLU, which are trained: one, or one for each channel
    float numbers[4];  // min_val, max_val, min_slope, max_slope; negative_slope
};

struct Layer {
    int64_t stack, channels, middle, bottleneck, taps, dilation, reach, condition;
    Gating gating;
    bool is_heard;  // whether the accumulator takes the activation
    bool replaces;  // whether the activation is the input of the next layer, and not a 1x1 of it added to the own input
    bool feeds;     // whether there is a 1x1 whose output something uses
    bool has_head;  // whether there is a 1x1 before the accumulator
    bool keeps_output;  // whether the derivative of the activation follows from its output, so that this is recorded
    int64_t accumulator;
    Activation first, second;
    int64_t need;   // samples of this layer's activation that n outputs depend on, beyond n
    int64_t record;  // its first row in a record
    struct { int64_t conv, conv_bias, mixer, first, second, out, out_bias, head, head_bias; } params;
    struct { int64_t conv, bias, conv_back, mixer_back, first, second, out, out_bias, out_back, undo, undo_bias, head,
                 head_bias, head_back; } pack;
    struct { int64_t conv, condition, first, second, out, head; } sums;
};

struct Stack {
    int64_t inputs, channels, accumulator, head_size, taps, dilation, reach;
    bool has_bias;
    bool is_chain;  // whether its layers replace their input, as those of a ConvNet do
    int64_t most_channels;
    int64_t begin, end;  // its layers
    int64_t need;   // samples of its accumulator that n outputs depend on, beyond n
    int64_t record_sum, record_signal;
    struct { int64_t rechannel, head, head_bias; } params;
    struct { int64_t rechannel, rechannel_back, head, head_bias, head_back; } pack;
    struct { int64_t rechannel, head, head_bias; } sums;
};

struct WaveNet {
    int64_t stacks, layers, condition;
    const Stack* stack;
    const Layer* layer;
    int64_t params, pack, sums;  // floats
    int64_t rows;                // of a record
    int64_t reach;               // samples before the current one that an output depends on
    int64_t most_rows;           // that any product reads or makes
};

// A record is what a forward pass leaves for the backward pass: for each block of time the rows that it needs.
inline int64_t record_stride(int64_t block) { return block + 16; }  // not a power of two, or rows share cache lines

// Signals of one batch. Audio and condition end with the newest sample; strides are in floats.
struct Batch {
    const WaveNet* net;
    const float* pack;
    int64_t items, length, condition_length, outputs;
    int64_t block;  // samples that go through the whole net at a time; a multiple of 64
    const float* x;
    int64_t x_item, x_row;
    const float* condition;
    int64_t condition_item, condition_row;
    float scale;
    float* y;         // (items, head_size, outputs)
    float* record;    // null for an inference
    const float* dy;  // as y
    float* sums;      // (groups, net->sums), zeros at first
    float* dx;          // (items, inputs, length), or null
    float* dcondition;  // (items, condition, condition_length), or null
    int64_t blocks() const { return (length + block - 1) / block; }
    int64_t record_floats() const { return blocks() * net->rows * record_stride(block); }  // of an item
};


}  // namespace nam
