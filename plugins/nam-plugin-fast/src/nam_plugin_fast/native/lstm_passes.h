// An LSTM forward and backward: time is the outer loop, and the items of a batch are the lanes of the vectors.
//
// A step of all items is a product of the weights with a column of vectors. Its record are the four gates and the cell
// of every layer; what else the backward pass needs follows from them. The gradients of the weights are summed over a
// stretch of steps at a time, when the columns of those steps lie in rows of their own.

#pragma once

#include "activations.h"
#include "lstm.h"
#include "memory.h"

namespace NAM_TARGET {

using nam::Lstm;
using nam::LstmBatch;
using nam::LstmLayer;

constexpr int COLUMN_ROWS = REGISTERS == 32 ? 24 : 12;
constexpr int64_t STRETCH = 512 / LANES;  // steps whose gradients are summed at a time

template <int ROWS>
NAM_INLINE void column_tile(const float* in, int64_t stride, int64_t count, const float* weights, int64_t ldw,
                            const float* bias, float* out, int64_t out_stride) {
    Vec sum[ROWS];
#pragma GCC unroll 24
    for (int o = 0; o < ROWS; ++o) sum[o] = bias ? splat(bias[o]) : Vec{};
    for (int64_t j = 0; j < count; ++j) {
        const Vec x = held(load(in + j * stride));
        const float* w = weights + j * ldw;
#pragma GCC unroll 24
        for (int o = 0; o < ROWS; ++o) sum[o] += splat(w[o]) * x;
    }
#pragma GCC unroll 24
    for (int o = 0; o < ROWS; ++o) store(out + o * out_stride, sum[o]);
}

// out[o] = bias[o] + sum over j of weights[j * ldw + o] * in[j], where each in and out is one vector.
static void column(int64_t rows, const float* in, int64_t stride, int64_t count, const float* weights, int64_t ldw,
                   const float* bias, float* out, int64_t out_stride) {
    int64_t o = 0;
#define NAM_TILES(ROWS)                                                                                       \
    for (; o + ROWS <= rows; o += ROWS)                                                                       \
        column_tile<ROWS>(in, stride, count, weights + o, ldw, bias ? bias + o : nullptr, out + o * out_stride, \
                          out_stride)
    NAM_TILES(COLUMN_ROWS);
    NAM_TILES(8);
    NAM_TILES(4);
    NAM_TILES(1);
#undef NAM_TILES
}

// One value of each item of a group, as a vector; what lies beyond the batch is zero.
NAM_INLINE void gather(const float* from, int64_t item_stride, int64_t items, float* to) {
    for (int64_t i = 0; i < LANES; ++i) to[i] = i < items ? from[i * item_stride] : 0.0f;
}

NAM_INLINE void scatter(const float* from, int64_t items, float* to, int64_t item_stride) {
    for (int64_t i = 0; i < items; ++i) to[i * item_stride] = from[i];
}

struct LstmPass {
    const LstmBatch* batch;
    const Lstm* net;
    int64_t first, items;  // of the group
    int64_t hidden;

    LstmPass(const LstmBatch& batch, int64_t group)
        : batch(&batch), net(batch.net), first(group * LANES),
          items(batch.items - first < LANES ? batch.items - first : LANES), hidden(batch.net->hidden) {}

    const float* pack() const { return batch->pack; }
    const LstmLayer& layer(int64_t l) const { return net->layer[l]; }
    int64_t record_step() const { return net->layers * 5 * hidden * LANES; }
    float* record(int64_t t, int64_t l) const {
        return batch->record + (first / LANES * batch->length + t) * record_step() + l * 5 * hidden * LANES;
    }
    // Of a state (layers, items, hidden).
    int64_t state(int64_t l, int64_t k) const { return (l * batch->items + first) * hidden + k; }
};

struct LstmForward : LstmPass {
    float **in, **cell, *gates, *head;

    LstmForward(const LstmBatch& batch, int64_t group, Arena& arena) : LstmPass(batch, group) {
        in = arena.records<float*>(net->layers + 1);
        cell = arena.records<float*>(net->layers);
        for (int64_t l = 0; l < net->layers; ++l) {
            float* own = arena.take((layer(l).inputs + hidden) * LANES);
            float* c = arena.take(hidden * LANES);
            if (in) in[l] = own, cell[l] = c;
        }
        float* top = arena.take(hidden * LANES);
        if (in) in[net->layers] = top;
        gates = arena.take(5 * hidden * LANES);
        head = arena.take(LANES);
    }

    void run() {
        for (int64_t l = 0; l < net->layers; ++l)
            for (int64_t k = 0; k < hidden; ++k) {
                gather(batch->hidden + state(l, k), hidden, items, in[l] + (layer(l).inputs + k) * LANES);
                gather(batch->cell + state(l, k), hidden, items, cell[l] + k * LANES);
            }
        for (int64_t t = 0; t < batch->length; ++t) {
            const float* x = batch->x + (first * batch->length + t) * net->inputs;
            for (int64_t j = 0; j < net->inputs; ++j)
                gather(x + j, batch->length * net->inputs, items, in[0] + j * LANES);
            for (int64_t l = 0; l < net->layers; ++l) run_layer(l, batch->record ? record(t, l) : gates);
            column(1, in[net->layers], LANES, hidden, pack() + net->head_pack.weights, 1, pack() + net->head_pack.bias,
                   head, LANES);
            scatter(head, items, batch->y + first * batch->length + t, batch->length);
        }
        for (int64_t l = 0; l < net->layers; ++l)
            for (int64_t k = 0; k < hidden; ++k) {
                scatter(in[l] + (layer(l).inputs + k) * LANES, items, batch->hidden_after + state(l, k), hidden);
                scatter(cell[l] + k * LANES, items, batch->cell_after + state(l, k), hidden);
            }
    }

private:
    void run_layer(int64_t l, float* kept) {
        const LstmLayer& now = layer(l);
        column(4 * hidden, in[l], LANES, now.inputs + hidden, pack() + now.pack.weights, 4 * hidden,
               pack() + now.pack.bias, kept, LANES);
        float *own = in[l] + now.inputs * LANES, *above = in[l + 1], *c = cell[l];
        const int64_t n = hidden * LANES;
        for (int64_t k = 0; k < n; k += LANES) {
            const Vec i = logistic(load(kept + k)), f = logistic(load(kept + n + k));
            const Vec g = hyperbolic_tangent(load(kept + 2 * n + k)), o = logistic(load(kept + 3 * n + k));
            const Vec now_cell = f * load(c + k) + i * g, h = o * hyperbolic_tangent(now_cell);
            store(kept + k, i), store(kept + n + k, f), store(kept + 2 * n + k, g), store(kept + 3 * n + k, o);
            store(kept + 4 * n + k, now_cell), store(c + k, now_cell);
            store(own + k, h), store(above + k, h);
        }
    }
};

struct LstmBackward : LstmPass {
    float* sums;
    Rows *in, *of_gates, *of_cell_tanh;  // of each layer, over a stretch; the last `in` is the head's
    float **of_hidden, **of_cell, *out;
    Rows of_head, ones;
    const float **left, **right;

    LstmBackward(const LstmBatch& batch, int64_t group, float* sums, Arena& arena)
        : LstmPass(batch, group), sums(sums) {
        const int64_t width = STRETCH * LANES, layers = net->layers;
        in = arena.records<Rows>(layers + 1);
        of_gates = arena.records<Rows>(layers);
        of_cell_tanh = arena.records<Rows>(layers);
        of_hidden = arena.records<float*>(layers);
        of_cell = arena.records<float*>(layers);
        int64_t most = 4 * hidden;
        for (int64_t l = 0; l < layers; ++l) {
            const int64_t before = layer(l).inputs + hidden;
            const Rows inputs = arena.rows(before, width), gates = arena.rows(4 * hidden, width);
            const Rows tanhs = arena.rows(hidden, width);
            float *h = arena.take(hidden * LANES), *c = arena.take(hidden * LANES);
            if (in) in[l] = inputs, of_gates[l] = gates, of_cell_tanh[l] = tanhs, of_hidden[l] = h, of_cell[l] = c;
            most = before > most ? before : most;
        }
        const Rows top = arena.rows(hidden, width);
        if (in) in[layers] = top;
        of_head = arena.rows(1, width);
        ones = arena.rows(1, width);
        out = arena.take(most * LANES);
        left = arena.records<const float*>(most);
        right = arena.records<const float*>(most);
    }

    void run() {
        for (int64_t t = 0; t < STRETCH * LANES; ++t) ones.at[t] = 1.0f;
        for (int64_t l = 0; l < net->layers; ++l)
            for (int64_t k = 0; k < hidden; ++k) {
                gather(batch->dhidden_after + state(l, k), hidden, items, of_hidden[l] + k * LANES);
                gather(batch->dcell_after + state(l, k), hidden, items, of_cell[l] + k * LANES);
            }
        for (int64_t end = batch->length; end > 0; end -= STRETCH) {
            const int64_t begin = end > STRETCH ? end - STRETCH : 0;
            recall(begin, end);
            for (int64_t t = end - 1; t >= begin; --t)
                for (int64_t l = net->layers - 1; l >= 0; --l) run_layer(l, t, (t - begin) * LANES);
            sum_up((end - begin) * LANES);
        }
        for (int64_t l = 0; l < net->layers; ++l)
            for (int64_t k = 0; k < hidden; ++k) {
                scatter(of_hidden[l] + k * LANES, items, batch->dhidden + state(l, k), hidden);
                scatter(of_cell[l] + k * LANES, items, batch->dcell + state(l, k), hidden);
            }
    }

private:
    // Put what the layers were given in each step of a stretch into rows.
    void recall(int64_t begin, int64_t end) {
        const int64_t n = hidden * LANES;
        for (int64_t t = begin; t < end; ++t) {
            const int64_t at = (t - begin) * LANES;
            const float* x = batch->x + (first * batch->length + t) * net->inputs;
            for (int64_t j = 0; j < net->inputs; ++j)
                gather(x + j, batch->length * net->inputs, items, in[0].row(j) + at);
            gather(batch->dy + first * batch->length + t, batch->length, items, of_head.at + at);
        }
        for (int64_t l = 0; l < net->layers; ++l) {
            const int64_t own = layer(l).inputs;
            for (int64_t k = 0; k < hidden; ++k) {
                if (begin == 0) {
                    gather(batch->hidden + state(l, k), hidden, items, in[l].row(own + k));
                } else {
                    const float* kept = record(begin - 1, l) + k * LANES;
                    store(in[l].row(own + k), load(kept + 3 * n) * hyperbolic_tangent(load(kept + 4 * n)));
                }
            }
            for (int64_t t = begin; t < end; ++t)
                for (int64_t k = 0; k < hidden; ++k) {
                    const float* kept = record(t, l) + k * LANES;
                    const int64_t at = (t - begin) * LANES;
                    const Vec squashed = hyperbolic_tangent(load(kept + 4 * n)), h = load(kept + 3 * n) * squashed;
                    store(of_cell_tanh[l].row(k) + at, squashed);
                    store(in[l + 1].row(k) + at, h);
                    if (t + 1 < end) store(in[l].row(own + k) + at + LANES, h);
                }
        }
    }

    // One layer in one step. What comes from the step after is in `of_hidden` and `of_cell`, and what comes from the
    // layer above is in `out`.
    void run_layer(int64_t l, int64_t t, int64_t at) {
        const LstmLayer& now = layer(l);
        const int64_t n = hidden * LANES, before = now.inputs + hidden;
        const float *kept = record(t, l), *cell_before = t ? record(t - 1, l) + 4 * n : nullptr;
        const bool is_top = l + 1 == net->layers;
        const Vec of_y = load(of_head.at + at);
        const float* head = pack() + net->head_pack.weights;
        for (int64_t k = 0; k < hidden; ++k) {
            const int64_t v = k * LANES;
            const Vec i = load(kept + v), f = load(kept + n + v), g = load(kept + 2 * n + v), o = load(kept + 3 * n + v);
            const Vec squashed = load(of_cell_tanh[l].row(k) + at);
            const Vec of_h = load(of_hidden[l] + v) + (is_top ? head[k] * of_y : load(out + v));
            const Vec of_c = load(of_cell[l] + v) + of_h * o * (1.0f - squashed * squashed);
            Vec previous;
            if (cell_before) {
                previous = load(cell_before + v);
            } else {
                float first_cell[LANES];
                gather(batch->cell + state(l, k), hidden, items, first_cell);
                previous = load(first_cell);
            }
            float* dz = of_gates[l].row(k) + at;
            const int64_t gate = hidden * of_gates[l].stride;
            store(dz, of_c * g * i * (1.0f - i));
            store(dz + gate, of_c * previous * f * (1.0f - f));
            store(dz + 2 * gate, of_c * i * (1.0f - g * g));
            store(dz + 3 * gate, of_h * squashed * o * (1.0f - o));
            store(of_cell[l] + v, of_c * f);
        }
        const Rows& dz = of_gates[l];
        const float* weights = pack() + now.pack.back;
        column(hidden, dz.at + at, dz.stride, 4 * hidden, weights + now.inputs, before, nullptr, of_hidden[l], LANES);
        if (l == 0 && !batch->dx) return;
        column(now.inputs, dz.at + at, dz.stride, 4 * hidden, weights, before, nullptr, out, LANES);
        if (l > 0) return;
        float* dx = batch->dx + (first * batch->length + t) * net->inputs;
        for (int64_t j = 0; j < net->inputs; ++j) scatter(out + j * LANES, items, dx + j, batch->length * net->inputs);
    }

    void sum_up(int64_t width) {
        for (int64_t l = 0; l < net->layers; ++l) {
            Pointers given = {left, 0}, gates = {right, 0};
            given.add(in[l], layer(l).inputs + hidden);
            gates.add(of_gates[l], 4 * hidden);
            outer(given.at, given.count, gates.at, gates.count, sums + layer(l).sums.weights, width);
            given.count = 0;
            given.add(ones, 1);
            outer(given.at, 1, gates.at, gates.count, sums + layer(l).sums.bias, width);
        }
        Pointers given = {left, 0}, of_y = {right, 0};
        given.add(in[net->layers], hidden);
        of_y.add(of_head, 1);
        outer(given.at, given.count, of_y.at, 1, sums + net->head_sums.weights, width);
        given.count = 0;
        given.add(ones, 1);
        outer(given.at, 1, of_y.at, 1, sums + net->head_sums.bias, width);
    }
};

// z += the sum over j of weights[j] * in[j], for WIDTH vectors.
template <int WIDTH>
NAM_INLINE void add_row(Vec* z, const float* in, int64_t count, const float* weights, int64_t ldw) {
    for (int64_t j = 0; j < count; ++j) {
        const Vec x = splat(in[j]);
#pragma GCC unroll 8
        for (int v = 0; v < WIDTH; ++v) z[v] += x * load(weights + j * ldw + v * LANES);
    }
}

// One item alone, without a record: the lanes are units of a layer.
struct LstmAlone {
    const LstmBatch* batch;
    const Lstm* net;
    int64_t item, room;
    float **in, **cell, *gates;  // of each layer what it is given, and at `room` after that its own output

    LstmAlone(const LstmBatch& batch, int64_t item, Arena& arena)
        : batch(&batch), net(batch.net), item(item), room((net->hidden + LANES - 1) / LANES * LANES) {
        in = arena.records<float*>(net->layers + 1);
        cell = arena.records<float*>(net->layers);
        for (int64_t l = 0; l < net->layers; ++l) {
            float *own = arena.take(given(l) + room), *c = arena.take(room);
            if (in) in[l] = own, cell[l] = c;
        }
        float* top = arena.take(2 * room);
        if (in) in[net->layers] = top;
        gates = arena.take(4 * room);
    }

    void run() {
        const int64_t hidden = net->hidden;
        for (int64_t l = 0; l < net->layers; ++l) {
            const int64_t state = (l * batch->items + item) * hidden;
            memset(in[l], 0, sizeof(float) * (given(l) + room));
            memset(cell[l], 0, sizeof(float) * room);
            memcpy(in[l] + given(l), batch->hidden + state, sizeof(float) * hidden);
            memcpy(cell[l], batch->cell + state, sizeof(float) * hidden);
        }
        const float *x = batch->x + item * batch->length * net->inputs, *head = batch->pack + net->head_pack.weights;
        for (int64_t t = 0; t < batch->length; ++t) {
            memcpy(in[0], x + t * net->inputs, sizeof(float) * net->inputs);
            for (int64_t l = 0; l < net->layers; ++l) run_layer(l);
            float y = batch->pack[net->head_pack.bias];
            for (int64_t k = 0; k < hidden; ++k) y += head[k] * in[net->layers][k];
            batch->y[item * batch->length + t] = y;
        }
        for (int64_t l = 0; l < net->layers; ++l) {
            const int64_t state = (l * batch->items + item) * hidden;
            memcpy(batch->hidden_after + state, in[l] + given(l), sizeof(float) * hidden);
            memcpy(batch->cell_after + state, cell[l], sizeof(float) * hidden);
        }
    }

private:
    // A layer writes whole vectors of its output to the layer above.
    int64_t given(int64_t l) const { return l ? room : net->layer[l].inputs; }

    template <int WIDTH>
    void run_gates(int64_t l, int64_t v) {
        const LstmLayer& layer = net->layer[l];
        const int64_t width = 4 * room;
        const float* weights = batch->pack + layer.pack.alone + v;
        Vec z[WIDTH];
#pragma GCC unroll 8
        for (int i = 0; i < WIDTH; ++i) z[i] = load(batch->pack + layer.pack.alone_bias + v + i * LANES);
        add_row<WIDTH>(z, in[l], layer.inputs, weights, width);
        add_row<WIDTH>(z, in[l] + given(l), net->hidden, weights + layer.inputs * width, width);
#pragma GCC unroll 8
        for (int i = 0; i < WIDTH; ++i) store(gates + v + i * LANES, z[i]);
    }

    void run_layer(int64_t l) {
        int64_t v = 0;
        for (; v + 8 * LANES <= 4 * room; v += 8 * LANES) run_gates<8>(l, v);
        if (v < 4 * room) run_gates<4>(l, v);
        float *own = in[l] + given(l), *above = in[l + 1];
        for (int64_t k = 0; k < room; k += LANES) {
            const Vec i = logistic(load(gates + k)), f = logistic(load(gates + room + k));
            const Vec g = hyperbolic_tangent(load(gates + 2 * room + k)), o = logistic(load(gates + 3 * room + k));
            const Vec c = f * load(cell[l] + k) + i * g, h = o * hyperbolic_tangent(c);
            store(cell[l] + k, c), store(own + k, h), store(above + k, h);
        }
    }
};

}  // namespace NAM_TARGET
