// The functions that Python calls. Nothing here throws: a null or a false says that there was no memory.

#include <atomic>
#include <cstdlib>

#include "lstm_plan.h"
#include "target.h"
#include "threads.h"
#include "wavenet_plan.h"

#ifdef _WIN32
#define NAM_API extern "C" __declspec(dllexport)
#else
#define NAM_API extern "C" __attribute__((visibility("default")))
#endif

extern "C" {
#if defined(__x86_64__)
extern const nam::Target nam_target_avx512, nam_target_avx2, nam_target_sse2;
#else
extern const nam::Target nam_target_plain;
#endif
}

namespace {

using nam::Batch;
using nam::Plan;
using nam::Target;

const Target* const* targets() {
#if defined(__x86_64__)
    static const Target* const all[] = {&nam_target_avx512, &nam_target_avx2, &nam_target_sse2, nullptr};
#else
    static const Target* const all[] = {&nam_target_plain, nullptr};
#endif
    return all;
}

bool runs_here(const Target* target) {
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (target == &nam_target_avx512)
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
               __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw");
    if (target == &nam_target_avx2) return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#endif
    return target != nullptr;
}

const Target* best() {
    const Target* const* t = targets();
    while (!runs_here(*t)) ++t;
    return *t;
}

std::atomic<const Target*> chosen{nullptr};

const Target& target() {
    const Target* now = chosen;
    if (!now) chosen = now = best();
    return *now;
}

constexpr int64_t GROUPS = 64;  // of items whose gradients are summed apart: so many that threads have work, and no more

// A net in the middle of a signal. Its state is a memory; a long block is cut into pieces that threads compute at the
// same time, each with a memory of its own, in which the past that a piece depends on is computed first.
class Stream {
public:
    Stream(const Plan& plan, const float* params) : plan(plan), pack(plan.net.pack) {
        plan.pack(params, pack.data());
        at_least(1);
    }

    struct Block {
        int64_t n;
        const float *x, *condition;
        int64_t condition_row;
        float scale;
        float* y;  // (head_size, n), or null
    };

    void feed(const Block& block, int64_t threads) {
        const int64_t reach = plan.net.reach, worth = 2 * std::max(reach, STRETCH);
        const int64_t pieces = std::max<int64_t>(1, std::min(threads, block.n / worth));
        at_least(pieces);
        // The first piece goes on where the last block ended; the others spend as much time on their past.
        const int64_t first = (block.n + (pieces - 1) * reach) / pieces;
        const int64_t length = pieces > 1 ? (block.n - first + pieces - 2) / (pieces - 1) : 0;
        const bool done = nam::share(pieces, threads, 1, [&](int64_t piece, float*) {
            if (piece == 0) return feed(piece, block, 0, first, true);
            const int64_t begin = first + (piece - 1) * length, end = std::min(begin + length, block.n);
            target().stream_begin(plan.net, pack.data(), memories[piece]->at());
            feed(piece, block, begin - reach, begin, false);
            feed(piece, block, begin, end, true);
        });
        if (!done) throw std::bad_alloc();
        std::swap(memories[0], memories[pieces - 1]);
    }

private:
    static constexpr int64_t STRETCH = 4096;  // samples; what is shorter is not worth a thread

    const Plan& plan;
    std::vector<float> pack;
    std::vector<std::unique_ptr<nam::Memory>> memories;

    void at_least(int64_t count) {
        while (static_cast<int64_t>(memories.size()) < count) {
            auto memory = std::make_unique<nam::Memory>(target().stream_memory(plan.net));
            if (!memory->at()) throw std::bad_alloc();
            target().stream_begin(plan.net, pack.data(), memory->at());
            memories.push_back(std::move(memory));
        }
    }

    void feed(int64_t piece, const Block& block, int64_t from, int64_t to, bool is_heard) const {
        target().stream_feed(memories[piece]->at(), to - from, block.x + from, block.n, block.condition + from,
                             block.condition_row, block.scale, block.y && is_heard ? block.y + from : nullptr, block.n);
    }
};

}  // namespace

// Use the instruction set of this name; false where it is unknown, or this processor lacks it.
NAM_API int nam_fast_use(const char* name) {
    for (const Target* const* t = targets(); *t; ++t)
        if (!std::strcmp((*t)->name, name) && runs_here(*t)) {
            chosen = *t;
            return 1;
        }
    return 0;
}

NAM_API const char* nam_fast_target() { return target().name; }

// The number of the interface that these functions are, as `library.py` has it.
NAM_API int64_t nam_fast_interface() { return 1; }

NAM_API void* nam_fast_wavenet(const int64_t* numbers, int64_t count, const float* factors, int64_t factor_count) {
    try {
        return Plan::read(numbers, count, factors, factor_count).release();
    } catch (...) {
        return nullptr;
    }
}

NAM_API void nam_fast_wavenet_free(void* plan) { delete static_cast<Plan*>(plan); }

NAM_API int64_t nam_fast_wavenet_params(const void* plan) { return static_cast<const Plan*>(plan)->net.params; }

struct nam_fast_call {
    int64_t items, length, condition_length, outputs, block, threads;
    const float* params;
    const float* x;
    int64_t x_item, x_row;
    const float* condition;
    int64_t condition_item, condition_row;
    float scale;
    float *y, *record;
    const float* dy;
    float *grads, *dx, *dcondition;
};

namespace {

Batch batch_of(const Plan& plan, const nam_fast_call& call, const float* pack) {
    Batch batch = {};
    batch.net = &plan.net;
    batch.pack = pack;
    batch.items = call.items;
    batch.length = call.length;
    batch.condition_length = call.condition_length;
    batch.outputs = call.outputs;
    batch.block = call.block;
    batch.x = call.x, batch.x_item = call.x_item, batch.x_row = call.x_row;
    batch.condition = call.condition;
    batch.condition_item = call.condition_item, batch.condition_row = call.condition_row;
    batch.scale = call.scale;
    batch.y = call.y;
    batch.record = call.record;
    batch.dy = call.dy;
    batch.dx = call.dx;
    batch.dcondition = call.dcondition;
    return batch;
}

}  // namespace

// Floats of a record of one item.
NAM_API int64_t nam_fast_wavenet_record(const void* plan, int64_t length, int64_t block) {
    Batch batch = {};
    batch.net = &static_cast<const Plan*>(plan)->net;
    batch.length = length;
    batch.block = block;
    return batch.record_floats();
}

NAM_API int nam_fast_wavenet_forward(const void* given, const nam_fast_call* call) {
    try {
        const Plan& plan = *static_cast<const Plan*>(given);
        std::vector<float> pack(plan.net.pack);
        plan.pack(call->params, pack.data());
        const Batch batch = batch_of(plan, *call, pack.data());
        const Target& here = target();
        return nam::share(batch.items, call->threads, here.forward_memory(batch),
                          [&](int64_t item, float* memory) { here.forward(batch, item, memory); });
    } catch (...) {
        return 0;
    }
}

NAM_API int nam_fast_wavenet_backward(const void* given, const nam_fast_call* call) {
    try {
        const Plan& plan = *static_cast<const Plan*>(given);
        std::vector<float> pack(plan.net.pack);
        plan.pack(call->params, pack.data());
        const Batch batch = batch_of(plan, *call, pack.data());
        const Target& here = target();
        // Each group has its own sums, and they are added up in their order: the gradient is the same, to the last bit,
        // for any number of threads.
        const int64_t groups = std::min(batch.items, GROUPS);
        std::vector<float> sums(groups * plan.net.sums, 0.0f);
        const bool done =
            nam::share(groups, call->threads, here.backward_memory(batch), [&](int64_t group, float* memory) {
                for (int64_t item = group; item < batch.items; item += groups)
                    here.backward(batch, item, sums.data() + group * plan.net.sums, memory);
            });
        for (int64_t group = 1; group < groups; ++group)
            for (int64_t i = 0; i < plan.net.sums; ++i) sums[i] += sums[group * plan.net.sums + i];
        if (groups) plan.unpack(sums.data(), call->grads);
        return done;
    } catch (...) {
        return 0;
    }
}

NAM_API void* nam_fast_stream(const void* plan, const float* params) {
    try {
        return new Stream(*static_cast<const Plan*>(plan), params);
    } catch (...) {
        return nullptr;
    }
}

NAM_API void nam_fast_stream_free(void* stream) { delete static_cast<Stream*>(stream); }

// Play the next n samples: x is (inputs, n), condition has its rows `condition_row` floats apart, y is (head_size, n).
NAM_API int nam_fast_stream_feed(void* stream, int64_t n, const float* x, const float* condition, int64_t condition_row,
                                 float scale, float* y, int64_t threads) {
    try {
        static_cast<Stream*>(stream)->feed({n, x, condition, condition_row, scale, y}, threads);
        return 1;
    } catch (...) {
        return 0;
    }
}

NAM_API void* nam_fast_lstm(int64_t layers, int64_t inputs, int64_t hidden, int has_bias) {
    try {
        return new nam::LstmPlan(layers, inputs, hidden, has_bias != 0);
    } catch (...) {
        return nullptr;
    }
}

NAM_API void nam_fast_lstm_free(void* plan) { delete static_cast<nam::LstmPlan*>(plan); }

NAM_API int64_t nam_fast_lstm_params(const void* plan) { return static_cast<const nam::LstmPlan*>(plan)->net.params; }

// `allowed` threads decide in which order sums are taken, so that results do not depend on how many then compute them.
struct nam_fast_lstm_call {
    int64_t items, length, allowed, threads;
    const float *params, *x, *hidden, *cell;
    float *y, *hidden_after, *cell_after, *record;
    const float *dy, *dhidden_after, *dcell_after;
    float *grads, *dx, *dhidden, *dcell;
};

namespace {

nam::LstmBatch batch_of(const nam::LstmPlan& plan, const nam_fast_lstm_call& c, const float* pack) {
    return {&plan.net,      pack,     c.items, c.length, c.x,  c.hidden,        c.cell,        c.y,  c.hidden_after,
            c.cell_after, c.record, c.dy,    c.dhidden_after, c.dcell_after, c.dx, c.dhidden, c.dcell};
}

int64_t groups_of(int64_t items, const Target& here) { return (items + here.lanes - 1) / here.lanes; }

constexpr int64_t ALONE = 8;  // items a thread that are played one after the other sooner than in a group

// A group fills the vectors; where that leaves threads without work, shorter vectors make more groups.
const Target& lstm_target(int64_t items, int64_t allowed) {
    const auto cost = [&](const Target& t) { return (groups_of(items, t) + allowed - 1) / allowed * t.lanes; };
    const Target* best = &target();
    for (const Target* const* t = targets(); *t; ++t)
        if ((*t)->lanes >= 8 && (*t)->lanes < best->lanes && runs_here(*t) && cost(**t) < cost(*best)) best = *t;
    return *best;
}

}  // namespace

// Floats of a record of one batch.
NAM_API int64_t nam_fast_lstm_record(const void* plan, int64_t items, int64_t length, int64_t allowed) {
    const nam::Lstm& net = static_cast<const nam::LstmPlan*>(plan)->net;
    const Target& here = lstm_target(items, allowed);
    return groups_of(items, here) * length * net.layers * 5 * net.hidden * here.lanes;
}

NAM_API int nam_fast_lstm_forward(const void* given, const nam_fast_lstm_call* call) {
    try {
        const auto& plan = *static_cast<const nam::LstmPlan*>(given);
        const bool alone = !call->record && call->items <= ALONE * call->allowed;
        const Target& here = alone ? target() : lstm_target(call->items, call->allowed);
        const std::vector<float> pack = plan.packed(call->params, here.lanes);
        const nam::LstmBatch batch = batch_of(plan, *call, pack.data());
        const auto run = alone ? here.lstm_alone : here.lstm_forward;
        return nam::share(alone ? batch.items : groups_of(batch.items, here), call->threads, here.lstm_memory(batch),
                          [&](int64_t part, float* memory) { run(batch, part, memory); });
    } catch (...) {
        return 0;
    }
}

NAM_API int nam_fast_lstm_backward(const void* given, const nam_fast_lstm_call* call) {
    try {
        const auto& plan = *static_cast<const nam::LstmPlan*>(given);
        const Target& here = lstm_target(call->items, call->allowed);
        const std::vector<float> pack = plan.packed(call->params, here.lanes);
        const nam::LstmBatch batch = batch_of(plan, *call, pack.data());
        const int64_t groups = groups_of(batch.items, here), size = plan.net.sums;
        std::vector<float> sums(groups * size, 0.0f);
        const bool done = nam::share(groups, call->threads, here.lstm_memory(batch), [&](int64_t group, float* memory) {
            here.lstm_backward(batch, group, sums.data() + group * size, memory);
        });
        for (int64_t group = 1; group < groups; ++group)
            for (int64_t i = 0; i < size; ++i) sums[i] += sums[group * size + i];
        if (groups) plan.unpack(sums.data(), call->grads);
        return done;
    } catch (...) {
        return 0;
    }
}
