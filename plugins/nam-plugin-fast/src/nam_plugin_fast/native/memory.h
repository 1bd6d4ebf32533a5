// The working memory of one thread, and signals that remember some of what came before, or after.

#pragma once

#include <string.h>

#include "products.h"

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#endif

namespace NAM_TARGET {

// Hands out pieces of one allocation. Without memory it only counts, so that the same code says how much is needed.
struct Arena {
    float* memory;
    int64_t used;
    float* take(int64_t floats) {
        float* piece = memory ? memory + used : nullptr;
        used += (floats + 15) / 16 * 16;
#ifdef __SANITIZE_ADDRESS__
        // The pieces are one allocation to the sanitizer, which is shown where each of them ends.
        if (piece) ASAN_UNPOISON_MEMORY_REGION(piece, sizeof(float) * (floats + 64));
        if (piece) ASAN_POISON_MEMORY_REGION(piece + floats, sizeof(float) * (used + 64 - (piece - memory) - floats));
        used += 64;
#endif
        return piece;
    }
    template <class T>
    T* records(int64_t count) {
        return reinterpret_cast<T*>(take((count * sizeof(T) + sizeof(float) - 1) / sizeof(float)));
    }
    // Rows whose distance is an odd number of cache lines, because at a power of two they displace one another.
    Rows rows(int64_t count, int64_t floats) {
        int64_t stride = (floats + 15) / 16 * 16;
        if (stride / 16 % 2 == 0) stride += 16;
        return {take(count * stride + 128), stride};
    }
};

// Rows of a signal that goes on block by block. What a convolution reaches back to (or, in a backward pass, forward to)
// lies beside the current block; when the room is used up it is moved to the other end.
struct Line {
    Rows rows;
    int64_t count, reach, room;

    static int64_t padded(int64_t reach) { return (reach + 15) / 16 * 16; }

    static Line of(Arena& arena, int64_t count, int64_t reach, int64_t room) {
        // A vector may be written whose last lanes are beyond the block.
        return {arena.rows(count, padded(reach) + room + 64), count, reach, room};
    }
    void clear() { memset(rows.at, 0, sizeof(float) * (count * rows.stride + 128)); }

    // For a signal that goes forward: the block at `position`, after what it reaches back to.
    Rows after(int64_t position) const { return {rows.at + padded(reach) + position, rows.stride}; }
    void wind_back(int64_t position) {
        const int64_t start = padded(reach) - reach;
        for (int64_t i = 0; i < count; ++i)
            memmove(rows.row(i) + start, rows.row(i) + start + position, sizeof(float) * reach);
    }

    // For a signal that goes backward in time: the block at `position`, before what it reaches forward to.
    Rows before(int64_t position) const { return {rows.at + position, rows.stride}; }
    void wind_forward() {
        for (int64_t i = 0; i < count; ++i) memmove(rows.row(i) + room, rows.row(i), sizeof(float) * reach);
    }
};

NAM_INLINE void copy_rows(Rows from, Rows to, int64_t count, int64_t n) {
    for (int64_t i = 0; i < count; ++i) memcpy(to.row(i), from.row(i), sizeof(float) * n);
}

NAM_INLINE void clear_rows(Rows to, int64_t count, int64_t n) {
    for (int64_t i = 0; i < count; ++i) memset(to.row(i), 0, sizeof(float) * n);
}

NAM_INLINE void add_rows(Rows from, Rows to, int64_t count, int64_t n) {
    for (int64_t i = 0; i < count; ++i)
        for (int64_t t = 0; t < n; t += LANES) store(to.row(i) + t, load(to.row(i) + t) + load(from.row(i) + t));
}

// The addresses of rows, as products take them.
struct Pointers {
    const float** at;
    int64_t count;
    void add(Rows rows, int64_t number) {
        for (int64_t i = 0; i < number; ++i) at[count++] = rows.row(i);
    }
};

}  // namespace NAM_TARGET
