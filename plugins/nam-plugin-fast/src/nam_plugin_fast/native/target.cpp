// The part of the library that is compiled once for each instruction set: NAM_TARGET is its name.

#include "target.h"

#include "lstm_passes.h"
#include "wavenet_backward.h"
#include "wavenet_forward.h"

namespace NAM_TARGET {

constexpr int64_t STREAM_BLOCK = 512, STREAM_ROOM = 2048;

static int64_t forward_memory(const Batch& batch) {
    Arena arena = {nullptr, 0};
    Forward::of(batch.net, batch.pack, batch.block, batch.block, arena);
    return arena.used;
}

static void forward(const Batch& batch, int64_t item, float* memory) {
    Arena arena = {memory, 0};
    Forward f = Forward::of(batch.net, batch.pack, batch.block, batch.block, arena);
    forward_item(batch, item, f);
}

static int64_t backward_memory(const Batch& batch) {
    Arena arena = {nullptr, 0};
    Backward::of(&batch, arena);
    return arena.used;
}

static void backward(const Batch& batch, int64_t item, float* sums, float* memory) {
    Arena arena = {memory, 0};
    Backward b = Backward::of(&batch, arena);
    backward_item(batch, item, sums, b);
}

static Forward* stream_of(Arena& arena, const WaveNet& net, const float* pack) {
    Forward* kept = arena.records<Forward>(1);
    const Forward f = Forward::of(&net, pack, STREAM_BLOCK, STREAM_ROOM, arena);
    if (kept) *kept = f;
    return kept;
}

static int64_t stream_memory(const WaveNet& net) {
    Arena arena = {nullptr, 0};
    stream_of(arena, net, nullptr);
    return arena.used;
}

static void stream_begin(const WaveNet& net, const float* pack, float* memory) {
    Arena arena = {memory, 0};
    stream_of(arena, net, pack)->clear();
}

static void stream_feed(float* memory, int64_t n, const float* x, int64_t x_row, const float* condition,
                        int64_t condition_row, float scale, float* y, int64_t y_row) {
    Forward& f = *reinterpret_cast<Forward*>(memory);
    const WaveNet& net = *f.net;
    const int64_t head = net.stack[net.stacks - 1].head_size;
    for (int64_t at = 0; at < n;) {
        const int64_t some = n - at < STREAM_BLOCK ? n - at : STREAM_BLOCK;
        for (int64_t i = 0; i < net.stack[0].inputs; ++i)
            memcpy(f.audio.row(i), x + i * x_row + at, sizeof(float) * some);
        for (int64_t i = 0; i < net.condition; ++i)
            memcpy(f.condition.row(i), condition + i * condition_row + at, sizeof(float) * some);
        f.run(some, net.layers, net.stacks, y != nullptr, nullptr, 0, scale);
        if (y)
            for (int64_t i = 0; i < head; ++i) memcpy(y + i * y_row + at, f.head.row(i), sizeof(float) * some);
        f.advance(some, STREAM_BLOCK);
        at += some;
    }
}

static int64_t lstm_memory(const LstmBatch& batch) {
    Arena forward = {nullptr, 0}, backward = {nullptr, 0}, alone = {nullptr, 0};
    LstmForward(batch, 0, forward);
    LstmBackward(batch, 0, nullptr, backward);
    LstmAlone(batch, 0, alone);
    const int64_t passes = forward.used > backward.used ? forward.used : backward.used;
    return passes > alone.used ? passes : alone.used;
}

static void lstm_forward(const LstmBatch& batch, int64_t group, float* memory) {
    Arena arena = {memory, 0};
    LstmForward(batch, group, arena).run();
}

static void lstm_backward(const LstmBatch& batch, int64_t group, float* sums, float* memory) {
    Arena arena = {memory, 0};
    LstmBackward(batch, group, sums, arena).run();
}

static void lstm_alone(const LstmBatch& batch, int64_t item, float* memory) {
    Arena arena = {memory, 0};
    LstmAlone(batch, item, arena).run();
}

}  // namespace NAM_TARGET

#define NAM_JOINED(a, b) a##b
#define NAM_TABLE(name) NAM_JOINED(nam_target_, name)
#define NAM_QUOTED(name) #name
#define NAM_NAME(name) NAM_QUOTED(name)

extern "C" const nam::Target NAM_TABLE(NAM_TARGET) = {
    NAM_NAME(NAM_TARGET),
    NAM_TARGET::LANES,
    NAM_TARGET::forward_memory,
    NAM_TARGET::forward,
    NAM_TARGET::backward_memory,
    NAM_TARGET::backward,
    NAM_TARGET::stream_memory,
    NAM_TARGET::stream_begin,
    NAM_TARGET::stream_feed,
    NAM_TARGET::lstm_memory,
    NAM_TARGET::lstm_forward,
    NAM_TARGET::lstm_backward,
    NAM_TARGET::lstm_alone,
};
