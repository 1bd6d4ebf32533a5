// The activations that players know, a row at a time: their values, and the gradients through them.

#pragma once

#include "simd.h"
#include "wavenet.h"

namespace NAM_TARGET {

// tanh(x) / x as a quotient of polynomials of x * x, within 2.2e-8 on the interval outside of which tanh is 1 in float32;
// fitted to the relative error (a linear least squares fit, its weights adjusted until the error was level).
NAM_INLINE Vec hyperbolic_tangent(Vec x) {
    x = smaller(larger(x, -9.02f), 9.02f);
    const Vec s = x * x;
    Vec top = 1.3317812e-8f * s + 2.0582574e-5f;
    Vec bottom = 7.7615031e-7f * s + 3.2830033e-4f;
    top = top * s + 3.4939804e-3f;
    bottom = bottom * s + 2.5870869e-2f;
    top = top * s + 1.3379673e-1f;
    bottom = bottom * s + 4.6712988e-1f;
    top = top * s + 9.9999998e-1f;
    bottom = bottom * s + 1.0f;
    return x * top * reciprocal(bottom);
}

// e^x as a power of two times a polynomial, fitted to the relative error (3.1e-9) on half an octave to either side.
NAM_INLINE Vec exponential(Vec x) {
    x = smaller(larger(x, -87.0f), 88.0f);
    // Adding one and a half times 2^23 leaves the nearest integer in the last bits of the sum.
    constexpr float SHIFT = 12582912.0f;
    const Vec shifted = x * 1.44269504f + SHIFT;
    const Vec octaves = shifted - SHIFT;
    // ln 2 in two parts, the first of few bits, so that its products are exact.
    const Vec r = (x - octaves * 0.693359375f) + octaves * 2.12194440e-4f;
    Vec p = 1.38145394e-3f * r + 8.36874545e-3f;
    p = p * r + 4.16683890e-2f;
    p = p * r + 1.66665211e-1f;
    p = p * r + 4.99999940e-1f;
    p = p * r + 1.0f;
    p = p * r + 1.0f;
    const Vec power = reinterpret_cast<Vec>(reinterpret_cast<Mask>(p) + (reinterpret_cast<Mask>(shifted) << 23));
    return choose(x == x, power, x);  // the bits of a NaN are no number of octaves
}

// Not by way of the tangent, whose error is that of 1: in an LSTM a forget gate acts on its cell for thousands of steps.
NAM_INLINE Vec logistic(Vec x) { return reciprocal(1.0f + exponential(-x)); }

// Of each activation: its value, and its derivative from what was kept. That is the input, or the output where the two
// have the same derivative (`FROM_OUTPUT`), or either.
struct Tanh {
    static constexpr bool FROM_OUTPUT = true;
    NAM_INLINE Vec value(Vec z, const float*) { return hyperbolic_tangent(z); }
    NAM_INLINE Vec slope(Vec a, const float*) { return 1.0f - a * a; }
};

struct Sigmoid {
    static constexpr bool FROM_OUTPUT = true;
    NAM_INLINE Vec value(Vec z, const float*) { return logistic(z); }
    NAM_INLINE Vec slope(Vec a, const float*) { return a * (1.0f - a); }
};

// Aleksey Vaneev's rational approximation, which players use.
struct FastTanh {
    static constexpr bool FROM_OUTPUT = false;
    static constexpr float A = 2.45550750702956f, B = 0.893229853513558f, C = 0.821226666969744f;
    static constexpr float D = 2.44506634652299f, E = 0.814642734961073f;
    NAM_INLINE Vec top(Vec u) { return u * (A + A * u + (B + C * u) * u * u); }
    NAM_INLINE Vec bottom(Vec u) { return D + (D + u * u) * (u + E * u * u); }
    NAM_INLINE Vec value(Vec z, const float*) {
        const Vec u = magnitude(z), a = top(u) / bottom(u);
        return choose(z < Vec{}, -a, a);
    }
    NAM_INLINE Vec slope(Vec z, const float*) {
        const Vec u = magnitude(z), below = bottom(u);
        const Vec of_top = A + 2.0f * A * u + (3.0f * B + 4.0f * C * u) * u * u;
        const Vec of_bottom = 2.0f * u * (u + E * u * u) + (D + u * u) * (1.0f + 2.0f * E * u);
        return (of_top - top(u) / below * of_bottom) / below;
    }
};

struct HardTanh {
    static constexpr bool FROM_OUTPUT = false;
    NAM_INLINE Vec value(Vec z, const float* p) { return smaller(larger(z, p[0]), p[1]); }
    NAM_INLINE Vec slope(Vec z, const float* p) {
        return choose((z > splat(p[0])) & (z < splat(p[1])), splat(1.0f), Vec{});
    }
};

struct LeakyHardTanh {
    static constexpr bool FROM_OUTPUT = false;
    NAM_INLINE Vec value(Vec z, const float* p) {
        const Vec inside = smaller(larger(z, p[0]), p[1]);
        return inside + choose(z < splat(p[0]), splat(p[2]), splat(p[3])) * (z - inside);
    }
    NAM_INLINE Vec slope(Vec z, const float* p) {
        return choose(z < splat(p[0]), splat(p[2]), choose(z > splat(p[1]), splat(p[3]), splat(1.0f)));
    }
};

struct ReLU {
    static constexpr bool FROM_OUTPUT = false;
    NAM_INLINE Vec value(Vec z, const float*) { return larger(z, 0.0f); }
    NAM_INLINE Vec slope(Vec z, const float*) { return choose(z > Vec{}, splat(1.0f), Vec{}); }
};

// With a trained slope, it is a PReLU.
struct LeakyReLU {
    static constexpr bool FROM_OUTPUT = false;
    NAM_INLINE Vec value(Vec z, const float* p) { return z * slope(z, p); }
    NAM_INLINE Vec slope(Vec z, const float* p) { return choose(z > Vec{}, splat(1.0f), splat(p[0])); }
};

struct SiLU {
    static constexpr bool FROM_OUTPUT = false;
    NAM_INLINE Vec value(Vec z, const float*) { return z * logistic(z); }
    NAM_INLINE Vec slope(Vec z, const float*) {
        const Vec s = logistic(z);
        return s * (1.0f + z * (1.0f - s));
    }
};

struct HardSwish {
    static constexpr bool FROM_OUTPUT = false;
    NAM_INLINE Vec value(Vec z, const float*) { return z * smaller(larger(z + 3.0f, 0.0f), 6.0f) * (1.0f / 6.0f); }
    NAM_INLINE Vec slope(Vec z, const float*) {
        return choose(z < splat(-3.0f), Vec{}, choose(z > splat(3.0f), splat(1.0f), z * (1.0f / 3.0f) + 0.5f));
    }
};

struct Softsign {
    static constexpr bool FROM_OUTPUT = false;
    NAM_INLINE Vec value(Vec z, const float*) { return z / (1.0f + magnitude(z)); }
    NAM_INLINE Vec slope(Vec z, const float*) {
        const Vec below = 1.0f + magnitude(z);
        return 1.0f / (below * below);
    }
};

template <class F>
static void activate_row(const float* z, float* a, int64_t n, const float* numbers) {
    for (int64_t t = 0; t < n; t += LANES) store(a + t, F::value(load(z + t), numbers));
}

template <class F>
static void differentiate_row(const float* kept, bool is_output, const float* da, float* dz, int64_t n,
                              const float* numbers) {
    if (F::FROM_OUTPUT && !is_output)
        for (int64_t t = 0; t < n; t += LANES)
            store(dz + t, load(da + t) * F::slope(F::value(load(kept + t), numbers), numbers));
    else
        for (int64_t t = 0; t < n; t += LANES) store(dz + t, load(da + t) * F::slope(load(kept + t), numbers));
}

#define NAM_EACH_ACTIVATION(KIND, CALL)                     \
    switch (KIND) {                                         \
        case nam::TANH: CALL(Tanh); break;                  \
        case nam::FAST_TANH: CALL(FastTanh); break;         \
        case nam::HARD_TANH: CALL(HardTanh); break;         \
        case nam::LEAKY_HARD_TANH: CALL(LeakyHardTanh); break; \
        case nam::RELU: CALL(ReLU); break;                  \
        case nam::LEAKY_RELU:                               \
        case nam::PRELU: CALL(LeakyReLU); break;            \
        case nam::SIGMOID: CALL(Sigmoid); break;            \
        case nam::SILU: CALL(SiLU); break;                  \
        case nam::HARD_SWISH: CALL(HardSwish); break;       \
        default: CALL(Softsign); break;                     \
    }

// The numbers of an activation for one row: its own, or the trained slope of that row.
NAM_INLINE const float* numbers_of(const nam::Activation& f, const float* slopes, int64_t row) {
    return f.slopes ? slopes + row : f.numbers;
}

// a = f(z), row by row; n is rounded up to whole vectors. The two may be the same.
static void activate(const nam::Activation& f, const float* slopes, int64_t rows, const float* z, int64_t z_stride,
                     float* a, int64_t a_stride, int64_t n) {
    for (int64_t i = 0; i < rows; ++i) {
        const float* numbers = numbers_of(f, slopes, i);
#define NAM_ROW(F) activate_row<F>(z + i * z_stride, a + i * a_stride, n, numbers)
        NAM_EACH_ACTIVATION(f.kind, NAM_ROW)
#undef NAM_ROW
    }
}

// dz = da * f'(z) of one row, from its input or, where that was kept, its output; and the gradient of a trained slope.
static void differentiate(const nam::Activation& f, const float* slopes, int64_t row, const float* kept, bool is_output,
                          const float* da, float* dz, int64_t n, float* of_slopes) {
    const float* numbers = numbers_of(f, slopes, row);
    if (f.slopes) {
        Vec sum = {};
        for (int64_t t = 0; t < n; t += LANES) {
            const Vec z = load(kept + t);
            sum += choose(z > Vec{}, Vec{}, z * load(da + t));
        }
        float total = 0.0f;
        for (int k = 0; k < LANES; ++k) total += sum[k];
        of_slopes[row] += total;
    }
#define NAM_ROW(F) differentiate_row<F>(kept, is_output, da, dz, n, numbers)
    NAM_EACH_ACTIVATION(f.kind, NAM_ROW)
#undef NAM_ROW
}

}  // namespace NAM_TARGET
