// A WaveNet's description, from the numbers that Python sends; and its weights between the two orders.

#pragma once

#include <algorithm>
#include <cstring>
#include <memory>
#include <vector>

#include "wavenet.h"

namespace nam {

// Hands out consecutive places.
struct Places {
    int64_t used = 0;
    int64_t take(int64_t floats) {
        const int64_t at = used;
        used += floats;
        return at;
    }
};

class Plan {
public:
    WaveNet net = {};

    // The order of the numbers is that of `nam_plugin_fast.describing`. Null where they make no net.
    static std::unique_ptr<Plan> read(const int64_t* numbers, int64_t count, const float* factors, int64_t factor_count) {
        auto plan = std::make_unique<Plan>();
        Reader in{numbers, numbers + count, factors, factors + factor_count};
        if (!plan->read_all(in) || in.number != in.number_end || in.factor != in.factor_end) return nullptr;
        plan->place();
        return plan;
    }

    void pack(const float* params, float* out) const {
        for (const Stack& s : stacks) {
            transpose(params + s.params.rechannel, s.channels, s.inputs, out + s.pack.rechannel);
            copy(params + s.params.rechannel, s.channels * s.inputs, out + s.pack.rechannel_back);
            pack_taps(params + s.params.head, s.head_size, s.accumulator, s.taps, out + s.pack.head,
                      out + s.pack.head_back);
            if (s.has_bias) copy(params + s.params.head_bias, s.head_size, out + s.pack.head_bias);
        }
        for (const Layer& l : layers) {
            pack_taps(params + l.params.conv, l.middle, l.channels, l.taps, out + l.pack.conv, out + l.pack.conv_back);
            copy(params + l.params.conv_bias, l.middle, out + l.pack.bias);
            // The mixer's rows follow those of the taps: one product has both.
            transpose(params + l.params.mixer, l.middle, l.condition,
                      out + l.pack.conv + l.taps * l.channels * l.middle);
            copy(params + l.params.mixer, l.middle * l.condition, out + l.pack.mixer_back);
            pack_slopes(params + l.params.first, l.first, l.bottleneck, out + l.pack.first);
            pack_slopes(params + l.params.second, l.second, l.bottleneck, out + l.pack.second);
            if (l.feeds) {
                const int64_t size = l.channels * l.bottleneck;
                transpose(params + l.params.out, l.channels, l.bottleneck, out + l.pack.out);
                copy(params + l.params.out_bias, l.channels, out + l.pack.out_bias);
                copy(params + l.params.out, size, out + l.pack.out_back);
                std::transform(out + l.pack.out, out + l.pack.out + size, out + l.pack.undo, std::negate<float>());
                std::transform(out + l.pack.out_bias, out + l.pack.out_bias + l.channels, out + l.pack.undo_bias,
                               std::negate<float>());
            }
            if (l.has_head) {
                transpose(params + l.params.head, l.accumulator, l.bottleneck, out + l.pack.head);
                copy(params + l.params.head_bias, l.accumulator, out + l.pack.head_bias);
                copy(params + l.params.head, l.accumulator * l.bottleneck, out + l.pack.head_back);
            }
        }
    }

    // The gradients of the parameters, from the sums of the backward pass.
    void unpack(const float* sums, float* grads) const {
        for (const Stack& s : stacks) {
            transpose(sums + s.sums.rechannel, s.inputs, s.channels, grads + s.params.rechannel);
            unpack_taps(sums + s.sums.head, s.head_size, s.accumulator, s.taps, grads + s.params.head);
            if (s.has_bias) copy(sums + s.sums.head_bias, s.head_size, grads + s.params.head_bias);
        }
        for (const Layer& l : layers) {
            unpack_taps(sums + l.sums.conv, l.middle, l.channels, l.taps, grads + l.params.conv);
            transpose(sums + l.sums.condition, l.condition, l.middle, grads + l.params.mixer);
            copy(sums + l.sums.condition + l.condition * l.middle, l.middle, grads + l.params.conv_bias);
            unpack_slopes(sums + l.sums.first, l.first, l.bottleneck, grads + l.params.first);
            unpack_slopes(sums + l.sums.second, l.second, l.bottleneck, grads + l.params.second);
            if (l.feeds) {
                transpose(sums + l.sums.out, l.bottleneck, l.channels, grads + l.params.out);
                copy(sums + l.sums.out + l.bottleneck * l.channels, l.channels, grads + l.params.out_bias);
            }
            if (l.has_head) {
                transpose(sums + l.sums.head, l.bottleneck, l.accumulator, grads + l.params.head);
                copy(sums + l.sums.head + l.bottleneck * l.accumulator, l.accumulator, grads + l.params.head_bias);
            }
        }
    }

private:
    std::vector<Stack> stacks;
    std::vector<Layer> layers;

    struct Reader {
        const int64_t *number, *number_end;
        const float *factor, *factor_end;
        bool failed = false;
        int64_t next(int64_t low, int64_t high) {
            if (number == number_end || *number < low || *number > high) {
                failed = true;
                return low;
            }
            return *number++;
        }
        float next_factor() {
            if (factor == factor_end) {
                failed = true;
                return 0.0f;
            }
            return *factor++;
        }
    };

    static constexpr int64_t MANY = int64_t(1) << 24;  // more of anything is no net, and products of two are no overflow

    bool read_all(Reader& in) {
        const int64_t count = in.next(1, MANY);
        net.condition = in.next(0, MANY);
        for (int64_t i = 0; i < count && !in.failed; ++i) read_stack(in, i);
        for (size_t i = 1; i < stacks.size(); ++i)
            if (stacks[i - 1].is_chain || stacks[i].inputs != stacks[i - 1].channels ||
                stacks[i].accumulator != stacks[i - 1].head_size)
                return false;
        return !in.failed;
    }

    void read_stack(Reader& in, int64_t index) {
        Stack s = {};
        s.inputs = in.next(1, MANY);
        s.channels = in.next(1, MANY);
        s.accumulator = in.next(1, MANY);
        s.head_size = in.next(1, MANY);
        s.taps = in.next(1, MANY);
        s.dilation = in.next(1, MANY);
        s.reach = (s.taps - 1) * s.dilation;
        s.has_bias = in.next(0, 1);
        s.is_chain = in.next(0, 1);
        const int64_t bottleneck = in.next(1, MANY), condition = in.next(0, net.condition);
        if (condition && condition != net.condition) in.failed = true;
        s.begin = static_cast<int64_t>(layers.size());
        s.end = s.begin + in.next(1, MANY);
        for (int64_t i = s.begin; i < s.end && !in.failed; ++i) {
            Layer l = {};
            l.stack = index;
            l.channels = s.is_chain && i > s.begin ? bottleneck : s.channels;
            l.is_heard = !s.is_chain || i + 1 == s.end;
            l.replaces = s.is_chain && i + 1 < s.end;
            l.accumulator = s.accumulator;
            l.bottleneck = bottleneck;
            l.condition = condition;
            l.taps = in.next(1, MANY);
            l.dilation = in.next(1, MANY);
            l.reach = (l.taps - 1) * l.dilation;
            l.gating = static_cast<Gating>(in.next(0, GATINGS - 1));
            l.middle = l.gating == NONE ? bottleneck : 2 * bottleneck;
            l.feeds = in.next(0, 1);
            l.has_head = in.next(0, 1);
            l.first = read_activation(in, bottleneck);
            l.second = read_activation(in, bottleneck);
            l.keeps_output = has_its_derivative(l.first) && l.gating != BLENDED &&
                             (l.gating == NONE || has_its_derivative(l.second));
            if (!l.has_head && s.accumulator != bottleneck) in.failed = true;
            if (s.is_chain && (l.feeds || l.has_head)) in.failed = true;
            layers.push_back(l);
        }
        s.most_channels = std::max(s.channels, s.is_chain ? bottleneck : 0);
        stacks.push_back(s);
    }

    static Activation read_activation(Reader& in, int64_t rows) {
        Activation f = {};
        f.kind = static_cast<Kind>(in.next(0, KINDS - 1));
        f.slopes = in.next(0, rows);
        if (f.slopes > 1 && f.slopes != rows) in.failed = true;
        if ((f.kind == PRELU) != (f.slopes > 0)) in.failed = true;
        for (float& number : f.numbers) number = in.next_factor();
        return f;
    }

    // Whether the derivative follows from the output.
    static bool has_its_derivative(const Activation& f) {
        switch (f.kind) {
            case TANH: case SIGMOID: case RELU: case HARD_TANH: return true;
            case LEAKY_RELU: return f.numbers[0] > 0.0f;
            default: return false;
        }
    }

    void place() {
        Places params, pack, sums, rows;
        for (Stack& s : stacks) {
            s.params.rechannel = params.take(s.channels * s.inputs);
            for (int64_t i = s.begin; i < s.end; ++i) {
                place_params(layers[i], params);
                place_pack(layers[i], pack);
                place_sums(layers[i], sums);
                layers[i].record = rows.take(layers[i].middle);
            }
            const int64_t head = s.taps * s.accumulator * s.head_size;
            s.params.head = params.take(head);
            s.params.head_bias = params.take(s.has_bias ? s.head_size : 0);
            s.pack = {pack.take(s.channels * s.inputs), pack.take(s.channels * s.inputs), pack.take(head),
                      pack.take(s.head_size), pack.take(head)};
            s.sums = {sums.take(s.channels * s.inputs), sums.take(head), sums.take(s.head_size)};
            s.record_sum = rows.take(s.accumulator);
            s.record_signal = rows.take(s.channels);
        }
        net.params = params.used;
        net.pack = pack.used;
        net.sums = sums.used;
        net.rows = rows.used;
        place_needs();
        net.stacks = static_cast<int64_t>(stacks.size());
        net.layers = static_cast<int64_t>(layers.size());
        net.stack = stacks.data();
        net.layer = layers.data();
    }

    static void place_params(Layer& l, Places& p) {
        l.params.conv = p.take(l.middle * l.channels * l.taps);
        l.params.conv_bias = p.take(l.middle);
        l.params.mixer = p.take(l.middle * l.condition);
        l.params.first = p.take(l.first.slopes);
        l.params.second = p.take(l.second.slopes);
        l.params.out = p.take(l.feeds ? l.channels * l.bottleneck : 0);
        l.params.out_bias = p.take(l.feeds ? l.channels : 0);
        l.params.head = p.take(l.has_head ? l.accumulator * l.bottleneck : 0);
        l.params.head_bias = p.take(l.has_head ? l.accumulator : 0);
    }

    static void place_pack(Layer& l, Places& p) {
        const int64_t conv = l.middle * l.channels * l.taps, out = l.channels * l.bottleneck;
        l.pack.conv = p.take(conv + l.middle * l.condition);
        l.pack.bias = p.take(l.middle);
        l.pack.conv_back = p.take(conv);
        l.pack.mixer_back = p.take(l.middle * l.condition);
        l.pack.first = p.take(l.bottleneck);
        l.pack.second = p.take(l.bottleneck);
        l.pack.out = p.take(out);
        l.pack.out_bias = p.take(l.channels);
        l.pack.out_back = p.take(out);
        l.pack.undo = p.take(out);
        l.pack.undo_bias = p.take(l.channels);
        l.pack.head = p.take(l.has_head ? l.accumulator * l.bottleneck : 0);
        l.pack.head_bias = p.take(l.has_head ? l.accumulator : 0);
        l.pack.head_back = p.take(l.has_head ? l.accumulator * l.bottleneck : 0);
    }

    static void place_sums(Layer& l, Places& p) {
        l.sums.conv = p.take(l.channels * l.taps * l.middle);
        l.sums.condition = p.take((l.condition + 1) * l.middle);
        l.sums.first = p.take(l.bottleneck);
        l.sums.second = p.take(l.bottleneck);
        l.sums.out = p.take(l.feeds ? (l.bottleneck + 1) * l.channels : 0);
        l.sums.head = p.take(l.has_head ? (l.bottleneck + 1) * l.accumulator : 0);
    }

    // How many samples of each signal the outputs depend on: along the paths from the output back to the input.
    void place_needs() {
        int64_t signal = -MANY * MANY, sum = 0;
        for (auto s = stacks.rbegin(); s != stacks.rend(); ++s) {
            sum += s->reach;
            s->need = sum;
            for (int64_t i = s->end - 1; i >= s->begin; --i) {
                layers[i].need = layers[i].is_heard ? std::max(signal, sum) : signal;
                signal = layers[i].need + layers[i].reach;
            }
        }
        net.reach = signal;
        int64_t most = net.condition + 1;
        for (const Stack& s : stacks)
            most = std::max({most, s.inputs, s.channels, s.taps * s.accumulator, s.taps * s.head_size});
        for (const Layer& l : layers)
            most = std::max({most, l.taps * l.channels + l.condition, l.taps * l.middle, l.bottleneck + 1});
        net.most_rows = most;
    }

    static void copy(const float* from, int64_t n, float* to) { std::copy(from, from + n, to); }

    static void transpose(const float* from, int64_t rows, int64_t columns, float* to) {
        for (int64_t i = 0; i < rows; ++i)
            for (int64_t j = 0; j < columns; ++j) to[j * rows + i] = from[i * columns + j];
    }

    // A convolution's weights (out, in, taps) as (taps, in, out), and for the way back as (taps, out, in).
    static void pack_taps(const float* w, int64_t outs, int64_t ins, int64_t taps, float* to, float* back) {
        for (int64_t o = 0; o < outs; ++o)
            for (int64_t i = 0; i < ins; ++i)
                for (int64_t k = 0; k < taps; ++k) {
                    const float value = w[(o * ins + i) * taps + k];
                    to[(k * ins + i) * outs + o] = value;
                    back[(k * outs + o) * ins + i] = value;
                }
    }

    // (in, taps, out) as (out, in, taps).
    static void unpack_taps(const float* sums, int64_t outs, int64_t ins, int64_t taps, float* to) {
        for (int64_t o = 0; o < outs; ++o)
            for (int64_t i = 0; i < ins; ++i)
                for (int64_t k = 0; k < taps; ++k) to[(o * ins + i) * taps + k] = sums[(i * taps + k) * outs + o];
    }

    static void pack_slopes(const float* slopes, const Activation& f, int64_t rows, float* to) {
        for (int64_t i = 0; f.slopes && i < rows; ++i) to[i] = slopes[f.slopes == 1 ? 0 : i];
    }

    static void unpack_slopes(const float* sums, const Activation& f, int64_t rows, float* to) {
        for (int64_t i = 0; i < f.slopes; ++i) to[i] = 0.0f;
        for (int64_t i = 0; f.slopes && i < rows; ++i) to[f.slopes == 1 ? 0 : i] += sums[i];
    }
};

}  // namespace nam
