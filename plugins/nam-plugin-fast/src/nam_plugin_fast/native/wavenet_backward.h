// The gradients of a WaveNet over one item of a batch, block by block from the newest to the oldest.
//
// A convolution that reaches back in the forward pass reaches forward in the backward pass, so here the gradient of what
// comes later is what is kept from block to block. The gradient of a tap's weights is the sum over time of the layer's
// input times a later gradient; so of the inputs only the current block is needed, and that is found from the next
// layer's input by taking off what the layer added to it. A record holds the activations, and one input a stack.

#pragma once

#include "wavenet_forward.h"

namespace NAM_TARGET {

struct Backward {
    const Batch* batch;
    const WaveNet* net;
    const float* pack;
    float* sums;
    int64_t block, room, position;
    Line* of_middle;  // of each layer: the gradient of what its convolution returned
    Line* of_head;    // of each stack: the gradient of what its head returned
    Rows* of_sum;     // of each stack: the gradient of its accumulator
    Rows audio, condition, of_condition, x, of_x, of_x_before, activated, of_activated, spare, ones;
    const float** pointers;
    const float** others;

    static Backward of(const Batch* batch, Arena& arena) {
        const WaveNet* net = batch->net;
        const int64_t block = batch->block, wide = block + 64;
        Backward b = {};
        b.batch = batch, b.net = net, b.pack = batch->pack, b.block = block, b.room = block;
        b.of_middle = arena.records<Line>(net->layers);
        b.of_head = arena.records<Line>(net->stacks);
        b.of_sum = arena.records<Rows>(net->stacks);
        int64_t bottleneck = 1, channels = 1;
        for (int64_t i = 0; i < net->layers; ++i) {
            const Layer& layer = net->layer[i];
            const Line of_middle = Line::of(arena, layer.middle, layer.reach, b.room);
            if (b.of_middle) b.of_middle[i] = of_middle;
            bottleneck = layer.bottleneck > bottleneck ? layer.bottleneck : bottleneck;
        }
        for (int64_t i = 0; i < net->stacks; ++i) {
            const Stack& stack = net->stack[i];
            const Line of_head = Line::of(arena, stack.head_size, stack.reach, b.room);
            const Rows of_sum = arena.rows(stack.accumulator, wide);
            if (b.of_head) b.of_head[i] = of_head, b.of_sum[i] = of_sum;
            channels = stack.most_channels > channels ? stack.most_channels : channels;
            channels = stack.inputs > channels ? stack.inputs : channels;
        }
        b.audio = arena.rows(net->stack[0].inputs, wide);
        b.condition = arena.rows(net->condition + 1, wide);
        b.of_condition = arena.rows(net->condition + 1, wide);
        b.x = arena.rows(channels, wide);
        b.of_x = arena.rows(channels, wide);
        b.of_x_before = arena.rows(channels, wide);
        b.activated = arena.rows(bottleneck, wide);
        b.of_activated = arena.rows(bottleneck, wide);
        b.spare = arena.rows(4, wide);
        b.ones = arena.rows(1, wide);
        b.pointers = arena.records<const float*>(net->most_rows);
        b.others = arena.records<const float*>(net->most_rows);
        return b;
    }

    void clear() {
        position = room - block;
        for (int64_t i = 0; i < net->layers; ++i) of_middle[i].clear();
        for (int64_t i = 0; i < net->stacks; ++i) of_head[i].clear();
        for (int64_t t = 0; t < block; ++t) ones.at[t] = 1.0f;
    }

    void advance() {
        position -= block;
        if (position >= 0) return;
        for (int64_t i = 0; i < net->layers; ++i) of_middle[i].wind_forward();
        for (int64_t i = 0; i < net->stacks; ++i) of_head[i].wind_forward();
        position = room - block;
    }

    void run(int64_t item, int64_t after, const float* record) {
        const Extent extent(*batch, after);
        const int64_t stride = nam::record_stride(block);
        const bool wants_condition = batch->dcondition != nullptr;
        copy_block(batch->x + item * batch->x_item, batch->x_row, batch->length, after, audio, net->stack[0].inputs,
                   block);
        if (net->condition)
            copy_block(batch->condition + item * batch->condition_item, batch->condition_row, batch->condition_length,
                       after, condition, net->condition, block);
        if (wants_condition) clear_rows(of_condition, net->condition, block);
        run_heads(item, after, extent, record, stride);

        // The first layer whose activation does not matter here may still matter to later blocks, by its input.
        int64_t top = extent.layers;
        if (top == net->layers || batch->outputs + net->layer[top].need + net->layer[top].reach <= after) --top;
        // Of audio that only a conditioning model hears, nothing here depends: its gradient is zero.
        const int64_t last = top < 0 ? -1 : net->layer[top].stack;
        clear_rows(of_x, last < 0 ? net->stack[0].inputs : net->stack[last].most_channels, block);
        for (int64_t s = last; s >= 0; --s) {
            const Stack& stack = net->stack[s];
            const float* kept = record + stack.record_signal * stride;
            copy_rows({const_cast<float*>(kept), stride}, x, stack.channels, block);
            const Rows of_accumulator = s < extent.sums ? of_sum[s] : Rows{};  // of the layers that are heard
            for (int64_t i = top < stack.end ? top : stack.end - 1; i >= stack.begin; --i)
                run_layer(i, i < extent.layers, of_accumulator, record, stride, wants_condition);
            run_rechannel(s, record, stride);
        }
        if (batch->dx)
            copy_block_back(of_x, net->stack[0].inputs, batch->dx + item * net->stack[0].inputs * batch->length,
                            batch->length, batch->length, after, block);
        if (wants_condition)
            copy_block_back(of_condition, net->condition,
                            batch->dcondition + item * net->condition * batch->condition_length,
                            batch->condition_length, batch->condition_length, after, block);
    }

private:
    void run_heads(int64_t item, int64_t after, const Extent& extent, const float* record, int64_t stride) {
        for (int64_t s = net->stacks - 1; s >= 0; --s) {
            const Stack& stack = net->stack[s];
            const Rows of_out = of_head[s].before(position);
            if (s >= extent.sums) {
                clear_rows(of_out, stack.head_size, block);
                continue;
            }
            if (s + 1 == net->stacks) {
                copy_block(batch->dy + item * stack.head_size * batch->outputs, batch->outputs, batch->outputs, after,
                           of_out, stack.head_size, block);
                const float scale = batch->scale;
                for (int64_t i = 0; i < stack.head_size; ++i)
                    for (int64_t t = 0; t < block; t += LANES) store(of_out.row(i) + t, load(of_out.row(i) + t) * scale);
            } else if (s + 1 < extent.sums) {
                copy_rows(of_sum[s + 1], of_out, stack.head_size, block);
            } else {
                clear_rows(of_out, stack.head_size, block);
            }
            Pointers later = {pointers, 0}, accumulator = {others, 0};
            for (int64_t k = 0; k < stack.taps; ++k)
                later.add({of_out.at + (stack.taps - 1 - k) * stack.dilation, of_out.stride}, stack.head_size);
            mix(stack.accumulator, later.at, later.count, pack + stack.pack.head_back, nullptr, {}, of_sum[s], block);
            accumulator.add({const_cast<float*>(record) + stack.record_sum * stride, stride}, stack.accumulator);
            outer(accumulator.at, accumulator.count, later.at, later.count, sums + stack.sums.head, block);
            if (!stack.has_bias) continue;
            later.count = accumulator.count = 0;
            later.add(of_out, stack.head_size);
            accumulator.add(ones, 1);
            outer(accumulator.at, 1, later.at, later.count, sums + stack.sums.head_bias, block);
        }
    }

    // One layer. Before, `x` is what it returned and `of_x` the gradient of that; after, what it was given.
    void run_layer(int64_t i, bool matters, Rows of_accumulator, const float* record, int64_t stride,
                   bool wants_condition) {
        const Layer& layer = net->layer[i];
        const Rows of_z = of_middle[i].before(position);
        if (matters)
            run_activation(layer, of_z, of_accumulator, record + layer.record * stride, stride);
        else
            clear_rows(of_z, layer.middle, block);

        Pointers later = {pointers, 0}, input = {others, 0};
        for (int64_t k = 0; k < layer.taps; ++k)
            later.add({of_z.at + (layer.taps - 1 - k) * layer.dilation, of_z.stride}, layer.middle);
        const bool is_chained = i > 0 && net->layer[i - 1].replaces;
        input.add(is_chained ? recorded(i - 1, record, stride) : x, layer.channels);
        outer(input.at, input.count, later.at, later.count, sums + layer.sums.conv, block);
        Ahead before_it;
        if (i > 0) before_it = {record + net->layer[i - 1].record * stride, net->layer[i - 1].middle * stride};
        mix(layer.channels, later.at, later.count, pack + layer.pack.conv_back, nullptr,
            layer.replaces ? Rows{} : of_x, of_x, block, before_it);

        if (!matters) return;
        later.count = input.count = 0;
        later.add(of_z, layer.middle);
        input.add(condition, layer.condition);
        input.add(ones, 1);
        outer(input.at, input.count, later.at, later.count, sums + layer.sums.condition, block);
        if (wants_condition && layer.condition)
            mix(layer.condition, later.at, later.count, pack + layer.pack.mixer_back, nullptr, of_condition,
                of_condition, block);
    }

    void run_activation(const Layer& layer, Rows of_z, Rows of_accumulator, const float* kept, int64_t stride) {
        const Rows record = {const_cast<float*>(kept), stride};
        if (layer.replaces) return differentiate_layer(layer, record, of_x, of_z);
        const Rows a = activation_again(layer, record);
        const int64_t half = layer.bottleneck;
        Pointers gradients = {pointers, 0}, values = {others, 0};
        values.add(a, half);
        values.add(ones, 1);

        Rows of_a = of_accumulator;
        if (of_accumulator.at && layer.has_head) {
            gradients.add(of_accumulator, layer.accumulator);
            mix(half, gradients.at, gradients.count, pack + layer.pack.head_back, nullptr, {}, of_activated, block);
            outer(values.at, values.count, gradients.at, gradients.count, sums + layer.sums.head, block);
            of_a = of_activated;
        }
        if (layer.feeds) {
            gradients.count = 0;
            gradients.add(of_x, layer.channels);
            mix(half, gradients.at, gradients.count, pack + layer.pack.out_back, nullptr, of_a, of_activated, block);
            outer(values.at, values.count, gradients.at, gradients.count, sums + layer.sums.out, block);
            of_a = of_activated;
            mix(layer.channels, values.at, half, pack + layer.pack.undo, pack + layer.pack.undo_bias, x, x, block);
        }
        if (!of_a.at) {
            clear_rows(of_activated, half, block);
            of_a = of_activated;
        }
        differentiate_layer(layer, record, of_a, of_z);
    }

    // The activation of a layer, which is the input of the next one.
    Rows recorded(int64_t i, const float* record, int64_t stride) {
        const float* kept = record + net->layer[i].record * stride;
        return activation_again(net->layer[i], {const_cast<float*>(kept), stride});
    }

    // Return the activation from what was recorded of it.
    Rows activation_again(const Layer& layer, Rows kept) {
        const int64_t half = layer.bottleneck;
        if (layer.gating == nam::NONE) {
            if (layer.keeps_output) return kept;
            activate(layer.first, pack + layer.pack.first, half, kept.at, kept.stride, activated.at, activated.stride,
                     block);
            return activated;
        }
        for (int64_t i = 0; i < half; ++i) {
            float *a = activated.row(i), *z = kept.row(i);
            const Pair pair = pair_of(layer, kept, i);
            for (int64_t t = 0; t < block; t += LANES) {
                const Vec f = load(pair.first + t), g = load(pair.second + t);
                if (layer.gating == nam::GATED)
                    store(a + t, f * g);
                else
                    store(a + t, load(z + t) + g * (f - load(z + t)));
            }
        }
        return activated;
    }

    struct Pair {
        const float *first, *second;
    };

    // Return the two activations of one channel of a gated layer, recorded or computed again.
    Pair pair_of(const Layer& layer, Rows kept, int64_t i) {
        const int64_t half = layer.bottleneck;
        if (layer.keeps_output) return {kept.row(i), kept.row(half + i)};
        activate(layer.first, pack + layer.pack.first + i, 1, kept.row(i), 0, spare.row(0), 0, block);
        activate(layer.second, pack + layer.pack.second + i, 1, kept.row(half + i), 0, spare.row(1), 0, block);
        return {spare.row(0), spare.row(1)};
    }

    void differentiate_layer(const Layer& layer, Rows kept, Rows of_a, Rows of_z) {
        const int64_t half = layer.bottleneck;
        const float *one = pack + layer.pack.first, *other = pack + layer.pack.second;
        float *of_one = sums + layer.sums.first, *of_other = sums + layer.sums.second;
        for (int64_t i = 0; i < half; ++i) {
            const float* da = of_a.row(i);
            if (layer.gating == nam::NONE) {
                differentiate(layer.first, one, i, kept.row(i), layer.keeps_output, da, of_z.row(i), block, of_one);
                continue;
            }
            const Pair pair = pair_of(layer, kept, i);
            float *of_f = spare.row(2), *of_g = spare.row(3), *z = kept.row(i), *dz = of_z.row(i);
            const bool blends = layer.gating == nam::BLENDED;
            for (int64_t t = 0; t < block; t += LANES) {
                const Vec d = load(da + t), f = load(pair.first + t), g = load(pair.second + t);
                store(of_f + t, d * g);
                store(of_g + t, d * (blends ? f - load(z + t) : f));
            }
            differentiate(layer.second, other, i, kept.row(half + i), layer.keeps_output, of_g, of_z.row(half + i),
                          block, of_other);
            differentiate(layer.first, one, i, z, layer.keeps_output, of_f, dz, block, of_one);
            if (!blends) continue;
            for (int64_t t = 0; t < block; t += LANES) {
                const Vec d = load(da + t);
                store(dz + t, load(dz + t) + d - load(of_f + t));
            }
        }
    }

    // From the gradient of a stack's signal to that of what went into the stack, and of the matrix between.
    void run_rechannel(int64_t s, const float* record, int64_t stride) {
        const Stack& stack = net->stack[s];
        Pointers gradients = {pointers, 0}, values = {others, 0};
        gradients.add(of_x, stack.channels);
        if (s)
            values.add({const_cast<float*>(record) + net->stack[s - 1].record_signal * stride, stride}, stack.inputs);
        else
            values.add(audio, stack.inputs);
        outer(values.at, values.count, gradients.at, gradients.count, sums + stack.sums.rechannel, block);
        if (!s && !batch->dx) return;
        mix(stack.inputs, gradients.at, gradients.count, pack + stack.pack.rechannel_back, nullptr, {}, of_x_before,
            block);
        const Rows exchanged = of_x;
        of_x = of_x_before;
        of_x_before = exchanged;
    }
};

static void backward_item(const Batch& batch, int64_t item, float* sums, Backward& b) {
    const int64_t blocks = batch.blocks(), stride = nam::record_stride(batch.block);
    b.sums = sums;
    b.clear();
    for (int64_t i = blocks - 1; i >= 0; --i) {
        const int64_t after = (blocks - 1 - i) * batch.block;
        b.run(item, after, batch.record + item * batch.record_floats() + i * batch.net->rows * stride);
        b.advance();
    }
}

}  // namespace NAM_TARGET
