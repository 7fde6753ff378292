#pragma once

#include "server/ingest/Decoder.h"

#include <functional>
#include <memory>

#include <QThread>

namespace plimsoll::ingest {

/// The thread that decompresses and decodes what is too large or too expensive for the ingest thread: one job
/// after the other, in the order they came.
class DecoderThread
{
public:
    /// Runs on the decoder thread, with that thread's own decoders.
    using Job = std::function<void(Decoders &)>;

    /// What is given must outlive it. Without a book each project has the same prices.
    explicit DecoderThread(const Prices &prices, const PriceBook *book = nullptr);
    /// Stops it.
    ~DecoderThread();
    DecoderThread(const DecoderThread &) = delete;
    DecoderThread &operator=(const DecoderThread &) = delete;

    void start();
    /// Ends it after the job that runs; jobs that still wait are dropped unrun, and what they own is
    /// destroyed.
    void stop();

    /// From any thread; before start() jobs wait, after stop() they are dropped.
    void run(Job job);

private:
    class Worker;
    std::unique_ptr<Worker> m_worker;
};

} // namespace plimsoll::ingest
