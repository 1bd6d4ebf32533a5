// The two products that a net consists of, over signals of one channel a row with time along the row.
//
//   mix    rows of a new signal as weighted sums of the rows of others: convolutions, 1x1, their gradients to the input
//   outer  the products of every two rows, summed over time: the gradients of the weights
//
// Time is along the vectors, so a net of three channels uses them as well as one of sixteen, and a tap of a convolution
// is a row that begins earlier. Both keep a tile of results in registers while they run over what is summed.

#pragma once

#include "simd.h"

namespace NAM_TARGET {

// How many rows of a tile: with 32 registers 8 rows of 2 vectors (16 sums, their 2 inputs, a weight).
constexpr int MIX_ROWS = REGISTERS == 32 ? 8 : 4;

constexpr int mix_width(int rows) {
    const int most = (REGISTERS - 1) / (rows + 1);
    return most > 8 ? 8 : most;
}

struct Rows {
    float* at;
    int64_t stride;  // floats from one row to the next
    float* row(int64_t i) const { return at + i * stride; }
};

// Memory that is needed soon, asked for bit by bit during a product: all at once it would hold the product up.
struct Ahead {
    const float* at = nullptr;
    int64_t lines = 0, at_a_time = 0;

    Ahead() = default;
    Ahead(const float* from, int64_t floats) : at(from), lines((floats + 15) / 16) {}
    void spread_over(int64_t times) { at_a_time = (lines + times - 1) / times; }
    void fetch() {
        for (int64_t i = 0; i < at_a_time && lines > 0; ++i, --lines, at += 16) __builtin_prefetch(at, 0, 2);
    }
};

constexpr int64_t MIX_STRETCH = 256;  // samples for which the inputs stay in the first cache while all rows are made

template <int ROWS, int WIDTH>
NAM_INLINE void mix_tile(const float* const* in, int64_t count, int64_t t, const float* weights, int64_t ldw,
                         const float* bias, Rows start, Rows out) {
    Vec sum[ROWS][WIDTH];
#pragma GCC unroll 8
    for (int o = 0; o < ROWS; ++o) {
        const Vec b = bias ? splat(bias[o]) : Vec{};
#pragma GCC unroll 8
        for (int v = 0; v < WIDTH; ++v) sum[o][v] = start.at ? b + load(start.row(o) + t + v * LANES) : b;
    }
    for (int64_t j = 0; j < count; ++j) {
        const float* row = in[j] + t;
        Vec x[WIDTH];
#pragma GCC unroll 8
        for (int v = 0; v < WIDTH; ++v) x[v] = held(load(row + v * LANES));
        const float* w = weights + j * ldw;
#pragma GCC unroll 8
        for (int o = 0; o < ROWS; ++o) {
            const Vec c = splat(w[o]);
#pragma GCC unroll 8
            for (int v = 0; v < WIDTH; ++v) sum[o][v] += c * x[v];
        }
    }
#pragma GCC unroll 8
    for (int o = 0; o < ROWS; ++o)
#pragma GCC unroll 8
        for (int v = 0; v < WIDTH; ++v) store(out.row(o) + t + v * LANES, sum[o][v]);
}

template <int ROWS>
static __attribute__((noinline)) void mix_rows(const float* const* in, int64_t count, int64_t from, int64_t to,
                                               const float* weights, int64_t ldw, const float* bias, Rows start,
                                               Rows out, Ahead& ahead) {
    constexpr int WIDTH = mix_width(ROWS);
    int64_t t = from;
    for (; t + WIDTH * LANES <= to; t += WIDTH * LANES) {
        ahead.fetch();
        mix_tile<ROWS, WIDTH>(in, count, t, weights, ldw, bias, start, out);
    }
    for (; t < to; t += LANES) mix_tile<ROWS, 1>(in, count, t, weights, ldw, bias, start, out);
}

template <int ROWS>
NAM_INLINE void mix_some(int64_t rows, const float* const* in, int64_t count, int64_t from, int64_t to,
                         const float* weights, int64_t ldw, const float* bias, Rows start, Rows out, Ahead& ahead) {
    if constexpr (ROWS > 0) {
        if (rows == ROWS)
            mix_rows<ROWS>(in, count, from, to, weights, ldw, bias, start, out, ahead);
        else
            mix_some<ROWS - 1>(rows, in, count, from, to, weights, ldw, bias, start, out, ahead);
    }
}

// out[o] = start[o] + bias[o] + sum over j of weights[j * rows + o] * in[j], for n samples, rounded up to whole vectors.
// Without a start or a bias, their address is null. The start may be the output itself, the inputs may not.
static void mix(int64_t rows, const float* const* in, int64_t count, const float* weights, const float* bias,
                Rows start, Rows out, int64_t n, Ahead ahead = {}) {
    const int64_t end = vectors(n) * LANES;
    if (ahead.lines) ahead.spread_over((rows + MIX_ROWS - 1) / MIX_ROWS * (end / (mix_width(MIX_ROWS) * LANES) + 1));
    for (int64_t from = 0; from < end; from += MIX_STRETCH) {
        const int64_t to = from + MIX_STRETCH < end ? from + MIX_STRETCH : end;
        for (int64_t o = 0; o < rows; o += MIX_ROWS) {
            const int64_t some = rows - o < MIX_ROWS ? rows - o : MIX_ROWS;
            const Rows begun = {start.at ? start.row(o) : nullptr, start.stride};
            mix_some<MIX_ROWS>(some, in, count, from, to, weights + o, rows, bias ? bias + o : nullptr, begun,
                               {out.row(o), out.stride}, ahead);
        }
    }
}

// A tile of sums of so many rows of each side.
constexpr int OUTER_A = REGISTERS == 32 ? 6 : 3;
constexpr int OUTER_B = REGISTERS == 32 ? 4 : 3;

template <int A, int B>
static __attribute__((noinline)) void outer_tile(const float* const* a, const float* const* b, int64_t n, float* into,
                                                 int64_t ld) {
    Vec sum[A][B] = {};
    for (int64_t t = 0; t < n; t += LANES) {
        Vec y[B];
#pragma GCC unroll 8
        for (int j = 0; j < B; ++j) y[j] = held(load(b[j] + t));
#pragma GCC unroll 8
        for (int i = 0; i < A; ++i) {
            const Vec x = held(load(a[i] + t));
#pragma GCC unroll 8
            for (int j = 0; j < B; ++j) sum[i][j] += x * y[j];
        }
    }
    constexpr int GROUPS = (A * B + LANES - 1) / LANES;
    Vec padded[GROUPS * LANES] = {};
    float flat[GROUPS * LANES];
#pragma GCC unroll 32
    for (int k = 0; k < A * B; ++k) padded[k] = sum[k / B][k % B];
#pragma GCC unroll 8
    for (int g = 0; g < GROUPS; ++g) {
        const Vec total = sums(padded + g * LANES);
        store(flat + g * LANES, total);
    }
#pragma GCC unroll 8
    for (int i = 0; i < A; ++i)
#pragma GCC unroll 8
        for (int j = 0; j < B; ++j) into[i * ld + j] += flat[i * B + j];
}

template <int A, int B>
NAM_INLINE void outer_some(int64_t as, int64_t bs, const float* const* a, const float* const* b, int64_t n, float* into,
                           int64_t ld) {
    if constexpr (A > 0 && B > 0) {
        if (as < A)
            outer_some<A - 1, B>(as, bs, a, b, n, into, ld);
        else if (bs < B)
            outer_some<A, B - 1>(as, bs, a, b, n, into, ld);
        else
            outer_tile<A, B>(a, b, n, into, ld);
    }
}

// into[i * bs + j] += sum over n samples of a[i] * b[j]; n is a multiple of the lanes.
static void outer(const float* const* a, int64_t as, const float* const* b, int64_t bs, float* into, int64_t n) {
    for (int64_t i = 0; i < as; i += OUTER_A)
        for (int64_t j = 0; j < bs; j += OUTER_B)
            outer_some<OUTER_A, OUTER_B>(as - i < OUTER_A ? as - i : OUTER_A, bs - j < OUTER_B ? bs - j : OUTER_B,
                                         a + i, b + j, n, into + i * bs + j, bs);
}

}  // namespace NAM_TARGET
