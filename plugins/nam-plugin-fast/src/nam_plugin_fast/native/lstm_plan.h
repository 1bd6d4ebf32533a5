// An LSTM's description, from the numbers that Python sends; and its weights between the two orders.

#pragma once

#include <algorithm>
#include <memory>
#include <vector>

#include "lstm.h"
#include "wavenet_plan.h"

namespace nam {

class LstmPlan {
public:
    Lstm net = {};

    LstmPlan(int64_t layers, int64_t inputs, int64_t hidden, bool has_bias) : layer(layers) {
        net.layers = layers, net.inputs = inputs, net.hidden = hidden, net.has_bias = has_bias;
        Places params, pack, sums;
        for (int64_t i = 0; i < layers; ++i) {
            LstmLayer& l = layer[i];
            l.inputs = i ? hidden : inputs;
            const int64_t gates = 4 * hidden, before = l.inputs + hidden, padded = 4 * room_of(hidden);
            l.params = {params.take(gates * l.inputs), params.take(gates * hidden), params.take(has_bias ? gates : 0),
                        params.take(has_bias ? gates : 0)};
            l.pack = {pack.take(gates * before), pack.take(gates), pack.take(gates * before),
                      pack.take(padded * before), pack.take(padded)};
            l.sums = {sums.take(gates * before), sums.take(gates)};
        }
        net.head_params = {params.take(hidden), params.take(1)};
        net.head_pack = {pack.take(hidden), pack.take(1)};
        net.head_sums = {sums.take(hidden), sums.take(1)};
        net.params = params.used, net.pack = pack.used, net.sums = sums.used;
        net.layer = layer.data();
    }

    // So many places has a gate of one signal, for vectors of any length.
    static int64_t room_of(int64_t hidden) { return (hidden + 15) / 16 * 16; }

    std::vector<float> packed(const float* params, int64_t lanes) const {
        std::vector<float> pack(net.pack, 0.0f);
        for (const LstmLayer& l : layer) pack_layer(l, params, lanes, pack.data());
        std::copy_n(params + net.head_params.weights, net.hidden, pack.data() + net.head_pack.weights);
        pack[net.head_pack.bias] = params[net.head_params.bias];
        return pack;
    }

    void unpack(const float* sums, float* grads) const {
        for (const LstmLayer& l : layer) {
            const int64_t gates = 4 * net.hidden;
            for (int64_t g = 0; g < gates; ++g) {
                const float* column = sums + l.sums.weights + g;
                for (int64_t j = 0; j < l.inputs; ++j) grads[l.params.of_input + g * l.inputs + j] = column[j * gates];
                for (int64_t j = 0; j < net.hidden; ++j)
                    grads[l.params.of_hidden + g * net.hidden + j] = column[(l.inputs + j) * gates];
                if (net.has_bias)
                    grads[l.params.bias_input + g] = grads[l.params.bias_hidden + g] = sums[l.sums.bias + g];
            }
        }
        std::copy_n(sums + net.head_sums.weights, net.hidden, grads + net.head_params.weights);
        grads[net.head_params.bias] = sums[net.head_sums.bias];
    }

private:
    std::vector<LstmLayer> layer;

    void pack_layer(const LstmLayer& l, const float* params, int64_t lanes, float* pack) const {
        const int64_t hidden = net.hidden, gates = 4 * hidden, before = l.inputs + hidden;
        const int64_t room = (hidden + lanes - 1) / lanes * lanes;
        for (int64_t g = 0; g < gates; ++g) {
            const int64_t place = g / hidden * room + g % hidden;
            for (int64_t j = 0; j < before; ++j) {
                const float w = j < l.inputs ? params[l.params.of_input + g * l.inputs + j]
                                             : params[l.params.of_hidden + g * hidden + j - l.inputs];
                pack[l.pack.weights + j * gates + g] = w;
                pack[l.pack.back + g * before + j] = w;
                pack[l.pack.alone + j * 4 * room + place] = w;
            }
            const float bias = net.has_bias ? params[l.params.bias_input + g] + params[l.params.bias_hidden + g] : 0.0f;
            pack[l.pack.bias + g] = bias;
            pack[l.pack.alone_bias + place] = bias;
        }
    }
};

}  // namespace nam
