// One vector register of floats, in the vector extensions of GCC and Clang.
//
// This header is compiled once for each instruction set. Everything lies in a namespace of its own for each of them and
// nothing but types comes from the standard library: a linker keeps one copy of an inline function, and that copy might be the one
// for a processor that the program does not run on.

#pragma once

#include <stddef.h>
#include <stdint.h>

#include <utility>

#ifndef NAM_TARGET
#error "NAM_TARGET names the instruction set"
#endif

namespace NAM_TARGET {

#if defined(__AVX512F__)
constexpr int LANES = 16;
constexpr int REGISTERS = 32;
#elif defined(__AVX__)
constexpr int LANES = 8;
constexpr int REGISTERS = 16;
#elif defined(__aarch64__)
constexpr int LANES = 4;
constexpr int REGISTERS = 32;
#else
constexpr int LANES = 4;
constexpr int REGISTERS = 16;
#endif

typedef float Vec __attribute__((vector_size(4 * LANES)));
typedef int32_t Mask __attribute__((vector_size(4 * LANES)));
typedef float Unaligned __attribute__((vector_size(4 * LANES), aligned(4), may_alias));

#define NAM_INLINE static inline __attribute__((always_inline))

NAM_INLINE Vec load(const float* p) { return *reinterpret_cast<const Unaligned*>(p); }
NAM_INLINE void store(float* p, Vec v) { *reinterpret_cast<Unaligned*>(p) = v; }

// Keep a value in a register. Compilers else fold a load into each of its uses, and then the loads are what takes time.
NAM_INLINE Vec held(Vec v) {
#if defined(__aarch64__)
    asm("" : "+w"(v));
#elif defined(__AVX512F__)
    asm("" : "+v"(v));
#elif defined(__x86_64__)
    asm("" : "+x"(v));
#endif
    return v;
}

// Minus a zero, because s - 0 is s for every s, and s + 0 is not for -0: the compiler may leave the subtraction out.
NAM_INLINE Vec splat(float s) { return s - Vec{}; }

NAM_INLINE Vec choose(Mask which, Vec yes, Vec no) { return which ? yes : no; }
NAM_INLINE Vec larger(Vec a, float b) { return choose(a < splat(b), splat(b), a); }   // a NaN stays one
NAM_INLINE Vec smaller(Vec a, float b) { return choose(a > splat(b), splat(b), a); }  // a NaN stays one
NAM_INLINE Vec magnitude(Vec a) { return choose(a < Vec{}, -a, a); }

// 1 / a within two units in the last place; a division takes as long as ten multiplications.
NAM_INLINE Vec reciprocal(Vec a) {
#if defined(__AVX512F__)
    Vec guess;
    asm("vrcp14ps %1, %0" : "=v"(guess) : "v"(a));
    return guess + guess * (1.0f - a * guess);
#else
    return 1.0f / a;
#endif
}

NAM_INLINE int64_t vectors(int64_t n) { return (n + LANES - 1) / LANES; }

// Lane i of half a sum over lanes: of a and b in turns, STEP lanes each, what lies at `odd` of every two steps.
template <int STEP>
constexpr int source(int i, bool odd) {
    const int pair = i / (2 * STEP), of_b = i / STEP % 2;
    return of_b * LANES + pair * 2 * STEP + odd * STEP + i % STEP;
}

template <int STEP, int... I>
NAM_INLINE Vec folded(Vec a, Vec b, std::integer_sequence<int, I...>) {
#ifdef __clang__
    return __builtin_shufflevector(a, b, source<STEP>(I, false)...) +
           __builtin_shufflevector(a, b, source<STEP>(I, true)...);
#else
    return __builtin_shuffle(a, b, Mask{source<STEP>(I, false)...}) +
           __builtin_shuffle(a, b, Mask{source<STEP>(I, true)...});
#endif
}

// Return the sums over the lanes of as many vectors as there are lanes, one in each lane; v is used up.
template <int STEP = 1>
NAM_INLINE Vec sums(Vec* v) {
    if constexpr (STEP < LANES) {
#pragma GCC unroll 16
        for (int i = 0; i < LANES / (2 * STEP); ++i) 
            v[i] = folded<STEP>(v[2 * i], v[2 * i + 1], std::make_integer_sequence<int, LANES>{});
        return sums<2 * STEP>(v);
    }
    return v[0];
}

}  // namespace NAM_TARGET
