// Work shared among threads that are made for it and end with it: none waits in between, busily or not.

#pragma once

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <new>
#include <thread>
#include <vector>

#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

namespace nam {

// While it exists, this thread takes numbers below 1.2e-38 as zeros: as a signal dies away, they would take a hundred
// times as long as others.
class FlushesDenormals {
public:
#if defined(__x86_64__)
    FlushesDenormals() : before(_mm_getcsr()) { _mm_setcsr(before | 0x8040); }
    ~FlushesDenormals() { _mm_setcsr(before); }

private:
    unsigned before;
#elif defined(__aarch64__)
    FlushesDenormals() {
        asm volatile("mrs %0, fpcr" : "=r"(before));
        asm volatile("msr fpcr, %0" : : "r"(before | uint64_t(1) << 24));
    }
    ~FlushesDenormals() { asm volatile("msr fpcr, %0" : : "r"(before)); }

private:
    uint64_t before;
#endif
};

// Memory of one thread, on a boundary of cache lines.
class Memory {
public:
    explicit Memory(int64_t floats)
        : start(static_cast<float*>(::operator new(sizeof(float) * (floats + 16), std::align_val_t(64), std::nothrow))) {}
    ~Memory() { ::operator delete(start, std::align_val_t(64)); }
    Memory(const Memory&) = delete;
    Memory& operator=(const Memory&) = delete;
    float* at() const { return start; }

private:
    float* start;
};

// Call work(task, memory) for each task; false where there was no memory for it.
template <class Work>
bool share(int64_t tasks, int64_t threads, int64_t floats, const Work& work) {
    std::atomic<int64_t> next{0};
    std::atomic<bool> short_of_memory{false};
    const auto run = [&] {
        const FlushesDenormals mode;
        const Memory memory(floats);
        if (!memory.at()) {
            short_of_memory = true;
            return;
        }
        for (int64_t task = next++; task < tasks; task = next++) work(task, memory.at());
    };
    std::vector<std::thread> others;
    try {
        for (int64_t i = 1; i < threads && i < tasks; ++i) others.emplace_back(run);
    } catch (...) {
        // The system lends no more threads; those that there are do the work.
    }
    run();
    for (std::thread& other : others) other.join();
    return next >= tasks || !short_of_memory;
}

}  // namespace nam
