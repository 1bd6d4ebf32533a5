// A WaveNet over one block of time, and over one item of a batch block by block.
//
// A block is so short that all signals of the net stay in the second cache while it goes through all layers. What a
// convolution reaches back to is kept from block to block, so nothing is computed twice.

#pragma once

#include "activations.h"
#include "memory.h"

namespace NAM_TARGET {

using nam::Batch;
using nam::Layer;
using nam::Stack;
using nam::WaveNet;

struct Forward {
    const WaveNet* net;
    const float* pack;
    int64_t room;      // samples of a line
    int64_t position;  // of the block in its line
    Line* input;       // of each layer
    Line* sum;         // of each stack: its accumulator
    Rows* output;      // of each stack: its signal
    Rows middle, activated, audio, condition, head;
    const float** pointers;

    // `room` is that of a line, for at least one block.
    static Forward of(const WaveNet* net, const float* pack, int64_t block, int64_t room, Arena& arena) {
        Forward f = {};
        f.net = net, f.pack = pack, f.room = room;
        f.input = arena.records<Line>(net->layers);
        f.sum = arena.records<Line>(net->stacks);
        f.output = arena.records<Rows>(net->stacks);
        int64_t middle = 1, bottleneck = 1, head = 1;
        for (int64_t i = 0; i < net->layers; ++i) {
            const Layer& layer = net->layer[i];
            const Line input = Line::of(arena, layer.channels, layer.reach, room);
            if (f.input) f.input[i] = input;
            middle = layer.middle > middle ? layer.middle : middle;
            bottleneck = layer.bottleneck > bottleneck ? layer.bottleneck : bottleneck;
        }
        for (int64_t i = 0; i < net->stacks; ++i) {
            const Stack& stack = net->stack[i];
            const Line sum = Line::of(arena, stack.accumulator, stack.reach, room);
            const Rows output = arena.rows(stack.most_channels, block + 64);
            if (f.sum) f.sum[i] = sum, f.output[i] = output;
            head = stack.head_size > head ? stack.head_size : head;
        }
        f.middle = arena.rows(middle, block + 64);
        f.activated = arena.rows(bottleneck, block + 64);
        f.audio = arena.rows(net->stack[0].inputs, block + 64);
        f.condition = arena.rows(net->condition + 1, block + 64);
        f.head = arena.rows(head, block + 64);
        f.pointers = arena.records<const float*>(net->most_rows);
        return f;
    }

    // Begin with lines of silence. Zeros, not what another signal left there: zero times a NaN is not zero.
    void clear() {
        position = 0;
        for (int64_t i = 0; i < net->layers; ++i) input[i].clear();
        for (int64_t i = 0; i < net->stacks; ++i) sum[i].clear();
    }

    void advance(int64_t n, int64_t next) {
        position += n;
        if (position + next <= room) return;
        for (int64_t i = 0; i < net->layers; ++i) input[i].wind_back(position);
        for (int64_t i = 0; i < net->stacks; ++i) sum[i].wind_back(position);
        position = 0;
    }

    // Compute n samples of `audio` and `condition` into `head`. Only the first `layers` layers and `sums` accumulators
    // matter: what else there is, no output depends on. `record` is a record of the block, or null.
    void run(int64_t n, int64_t layers, int64_t sums, bool is_heard, float* record, int64_t record_stride, float scale) {
        Rows from = audio;
        for (int64_t s = 0; s < net->stacks; ++s) {
            const Stack& stack = net->stack[s];
            // Where no layer of a stack matters, later blocks may still reach back to the input of its first.
            if (stack.begin > layers) return;
            Pointers in = {pointers, 0};
            in.add(from, stack.inputs);
            mix(stack.channels, in.at, in.count, pack + stack.pack.rechannel, nullptr, {}, signal(stack.begin), n);
            int64_t i = stack.begin;
            for (; i < stack.end && i < layers; ++i) {
                const Layer& layer = net->layer[i];
                const Rows next = i + 1 < stack.end ? signal(i + 1) : output[s];
                const Rows accumulator = s < sums && layer.is_heard ? sum[s].after(position) : Rows{};
                const bool starts = s == 0 && (i == 0 || stack.is_chain);
                run_layer(layer, n, signal(i), next, accumulator, starts, record, record_stride);
            }
            from = i < stack.end ? signal(i) : output[s];
            if (record) {
                // The last input that was computed, or of a chain, whose others are activations, the first.
                const Rows kept = {record + stack.record_signal * record_stride, record_stride};
                copy_rows(stack.is_chain ? signal(stack.begin) : from, kept, stack.channels, n);
            }
            if (s < sums) run_head(s, n, sums, is_heard, record, record_stride, scale);
        }
    }

private:
    Rows signal(int64_t layer) const { return input[layer].after(position); }

    void run_layer(const Layer& layer, int64_t n, Rows x, Rows next, Rows accumulator, bool starts, float* record,
                   int64_t record_stride) {
        Pointers in = {pointers, 0};
        for (int64_t k = 0; k < layer.taps; ++k)
            in.add({x.at - (layer.taps - 1 - k) * layer.dilation, x.stride}, layer.channels);
        in.add(condition, layer.condition);
        const Rows kept = {record ? record + layer.record * record_stride : nullptr, record_stride};
        Rows z = record && !layer.keeps_output ? kept : middle;
        mix(layer.middle, in.at, in.count, pack + layer.pack.conv, pack + layer.pack.bias, {}, z, n);
        const Rows a = run_activation(layer, n, z, record && layer.keeps_output ? kept : Rows{});
        in.count = 0;
        in.add(a, layer.bottleneck);
        if (accumulator.at) {
            const Rows before = starts ? Rows{} : accumulator;
            if (layer.has_head)
                mix(layer.accumulator, in.at, in.count, pack + layer.pack.head, pack + layer.pack.head_bias, before,
                    accumulator, n);
            else if (starts)
                copy_rows(a, accumulator, layer.accumulator, n);
            else
                add_rows(a, accumulator, layer.accumulator, n);
        }
        if (layer.feeds)
            mix(layer.channels, in.at, in.count, pack + layer.pack.out, pack + layer.pack.out_bias, x, next, n);
        else if (layer.replaces)
            copy_rows(a, next, layer.bottleneck, n);
        else
            copy_rows(x, next, layer.channels, n);
    }

    // Return the activation; where outputs are kept, they are written there.
    Rows run_activation(const Layer& layer, int64_t n, Rows z, Rows kept) {
        const int64_t half = layer.bottleneck;
        const float *one = pack + layer.pack.first, *other = pack + layer.pack.second;
        if (layer.gating == nam::NONE) {
            const Rows a = kept.at ? kept : activated;
            activate(layer.first, one, half, z.at, z.stride, a.at, a.stride, n);
            return a;
        }
        const Rows pair = kept.at ? kept : z;
        for (int64_t i = 0; i < half; ++i) {
            // One row at a time, because the second half of z may be wanted as it is.
            float *first = kept.at ? pair.row(i) : activated.row(i), *a = activated.row(i);
            const float* from = z.row(i);
            activate(layer.first, one + i, 1, from, 0, first, 0, n);
            float* gate = kept.at ? pair.row(half + i) : head.at;
            activate(layer.second, other + i, 1, z.row(half + i), 0, gate, 0, n);
            if (layer.gating == nam::GATED)
                for (int64_t t = 0; t < n; t += LANES) store(a + t, load(first + t) * load(gate + t));
            else
                for (int64_t t = 0; t < n; t += LANES)
                    store(a + t, load(from + t) + load(gate + t) * (load(first + t) - load(from + t)));
        }
        return activated;
    }

    void run_head(int64_t s, int64_t n, int64_t sums, bool is_heard, float* record, int64_t record_stride, float scale) {
        const Stack& stack = net->stack[s];
        const Rows own = sum[s].after(position);
        if (record) copy_rows(own, {record + stack.record_sum * record_stride, record_stride}, stack.accumulator, n);
        const bool is_last = s + 1 == net->stacks;
        if (is_last ? !is_heard : s + 1 >= sums) return;
        Pointers in = {pointers, 0};
        for (int64_t k = 0; k < stack.taps; ++k)
            in.add({own.at - (stack.taps - 1 - k) * stack.dilation, own.stride}, stack.accumulator);
        const float* bias = stack.has_bias ? pack + stack.pack.head_bias : nullptr;
        const Rows out = is_last ? head : sum[s + 1].after(position);
        mix(stack.head_size, in.at, in.count, pack + stack.pack.head, bias, {}, out, n);
        if (!is_last) return;
        for (int64_t i = 0; i < stack.head_size; ++i)
            for (int64_t t = 0; t < n; t += LANES) store(out.row(i) + t, load(out.row(i) + t) * scale);
    }
};

// Copy `block` samples of a signal, of which `after` come later than they; where the signal has not begun, zeros.
static void copy_block(const float* signal, int64_t row_stride, int64_t length, int64_t after, Rows to, int64_t rows,
                       int64_t block) {
    const int64_t start = length - after - block, missing = start < 0 ? -start : 0;
    const int64_t zeros = missing < block ? missing : block;
    for (int64_t i = 0; i < rows; ++i) {
        memset(to.row(i), 0, sizeof(float) * zeros);
        if (zeros < block)
            memcpy(to.row(i) + zeros, signal + i * row_stride + start + zeros, sizeof(float) * (block - zeros));
    }
}

// As above, the other way.
static void copy_block_back(Rows from, int64_t rows, float* signal, int64_t row_stride, int64_t length, int64_t after,
                            int64_t block) {
    const int64_t start = length - after - block, missing = start < 0 ? -start : 0;
    if (missing >= block) return;
    for (int64_t i = 0; i < rows; ++i)
        memcpy(signal + i * row_stride + start + missing, from.row(i) + missing, sizeof(float) * (block - missing));
}

// How much of the net matters to a block of which `after` samples come later.
struct Extent {
    int64_t layers = 0, sums = 0;
    bool is_heard = false;
    Extent(const Batch& batch, int64_t after) {
        const WaveNet& net = *batch.net;
        while (layers < net.layers && batch.outputs + net.layer[layers].need > after) ++layers;
        while (sums < net.stacks && batch.outputs + net.stack[sums].need > after) ++sums;
        is_heard = batch.outputs > after;
    }
};

static void forward_item(const Batch& batch, int64_t item, Forward& f) {
    const WaveNet& net = *batch.net;
    const int64_t blocks = batch.blocks(), block = batch.block, stride = nam::record_stride(block);
    const Stack& last = net.stack[net.stacks - 1];
    f.clear();
    for (int64_t b = 0; b < blocks; ++b) {
        const int64_t after = (blocks - 1 - b) * block;
        const Extent extent(batch, after);
        copy_block(batch.x + item * batch.x_item, batch.x_row, batch.length, after, f.audio, net.stack[0].inputs, block);
        if (net.condition)
            copy_block(batch.condition + item * batch.condition_item, batch.condition_row, batch.condition_length,
                       after, f.condition, net.condition, block);
        float* record =
            batch.record ? batch.record + item * batch.record_floats() + b * net.rows * stride : nullptr;
        f.run(block, extent.layers, extent.sums, extent.is_heard, record, stride, batch.scale);
        if (extent.is_heard)
            copy_block_back(f.head, last.head_size, batch.y + item * last.head_size * batch.outputs, batch.outputs,
                            batch.outputs, after, block);
        f.advance(block, block);
    }
}

}  // namespace NAM_TARGET
