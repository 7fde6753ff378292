#pragma once

#include "server/ingest/scrape/ScrapeTarget.h"

#include <functional>
#include <memory>
#include <string>

namespace plimsoll::ingest {

/// What a target answered, or why it did not.
struct Fetched
{
    std::string error; ///< empty where the body is whole and the status 200
    std::string contentType;
    std::string body;
    double seconds = 0;
};

/// Gets bodies of many targets at a time over HTTP/1.1 with libcurl, by the rules of SCRAPE.md ("Requests").
///
/// Belongs to one thread, which calls run() again and again; only wake() may be called from others. Requests
/// that are under way when it is destroyed end without being told.
class Fetcher
{
public:
    using Done = std::function<void(Fetched)>;

    explicit Fetcher(std::string userAgent);
    ~Fetcher();
    Fetcher(const Fetcher &) = delete;
    Fetcher &operator=(const Fetcher &) = delete;

    /// Begins; `done` is called once, from run() or at once.
    void start(const ScrapeTarget &target, Done done);
    /// Does what can be done, and waits up to `maxWaitMs` for more.
    void run(int64_t maxWaitMs);
    /// Ends the waiting of run(). From any thread.
    void wake();
    size_t underWay() const;

    /// Bodies that are held at a time, of all requests together.
    static constexpr size_t maxHeldBytes = 128 << 20;

private:
    class Transfer;
    struct Multi;

    void finish(Transfer &transfer, int result);

    std::unique_ptr<Multi> m_multi;
};

} // namespace plimsoll::ingest
