/// Makes and describes the frozen data directories of tests/frozen; see the README there. Run by hand when a
/// format changes.
///
///     frozen_sample make stopped|killed DIR    DIR is empty
///     frozen_sample describe DIR               a copy: it is opened and stopped cleanly

#include "storage/backend/SqliteBackend.h"
#include "storage/backend/StoredDocuments.h"
#include "storage/engine/Engine.h"
#include "storage/engine/PosixDisk.h"
#include "tests/support/EngineDump.h"
#include "tests/support/EverySort.h"
#include "tests/support/ManualClock.h"

#include <unistd.h>

using namespace plimsoll;
using namespace plimsoll::test;

namespace {

constexpr int64_t startMs = 1'795'082'400'000; ///< 2026-11-19 10:00 UTC
constexpr int64_t hourMs = 3'600'000;

[[noreturn]] void fail(const Error &error)
{
    std::fprintf(stderr, "%s\n", error.message.c_str());
    std::exit(1);
}

template<typename T>
T need(Result<T> result)
{
    if (!result)
        fail(result.error());
    if constexpr (!std::is_void_v<T>)
        return std::move(result).value();
}

/// An engine on a directory, with its clock set.
struct Opened
{
    explicit Opened(const std::filesystem::path &directory, int64_t nowMs)
        : clock(nowMs)
        , store(need(Store::open(std::make_unique<SqliteBackend>(directory / "plimsoll.db"))))
        , documents(need(StoredDocuments::open(*store)))
    {
        EngineOptions options;
        options.directory = directory;
        options.segmentBytes = 256 * 1024;
        engine = need(Engine::open(options, *store, disk, clock));
    }

    void commit(Batch batch)
    {
        const CommitReceipt receipt = engine->stage(batch);
        need(receipt.status);
        need(engine->commit());
    }

    PosixDisk disk;
    ManualClock clock;
    std::unique_ptr<Store> store;
    std::unique_ptr<StoredDocuments> documents;
    std::unique_ptr<Engine> engine;
};

void make(const std::filesystem::path &directory, bool stopped)
{
    Opened opened(directory, startMs);
    need(putAndWait(*opened.documents, 1, "rules", {"r1", R"({"name":"Disk","threshold":0.9})", startMs}));
    need(putAndWait(*opened.documents, 0, "keys", {"k1", R"({"role":"ingest"})", startMs}));
    need(putAndWait(*opened.documents, 1, "rules", {"r2", R"({"name":"gone"})", startMs}));
    need(removeAndWait(*opened.documents, 1, "rules", "r2"));
    opened.commit(EverySort::oddities(startMs - 2 * hourMs));
    for (int i = 0; i < 90; i++) {
        opened.clock.set(startMs + i * 60'000 + 500);
        opened.commit(EverySort::minute(i, startMs + i * 60'000));
    }
    Batch other = EverySort::minute(200, startMs + hourMs);
    other.project = 2;
    other.idempotency.reset();
    opened.commit(std::move(other));
    opened.clock.set(startMs + 6 * hourMs);
    opened.engine->maintain();
    need(opened.store->run([](Backend &) { return Status(); }));
    for (int i = 300; i < 330; i++)
        opened.commit(EverySort::minute(i, startMs + i * 60'000));
    opened.commit(
        EverySort::minute(91, startMs + 10'000)); // late: another seal, or journal, of a sealed window
    if (stopped)
        need(opened.engine->close());
    else
        ::_exit(0);
}

void describe(const std::filesystem::path &directory)
{
    Opened opened(directory, startMs + 6 * hourMs);
    std::fputs(EngineDump::samples(*opened.engine).c_str(), stdout);
    need(opened.engine->close());
    need(opened.store->run([](Backend &backend) -> Status {
        std::fputs(EngineDump::documents(backend).c_str(), stdout);
        std::fputs(EngineDump::receipts(backend).c_str(), stdout);
        return {};
    }));
}

} // namespace

int main(int argc, char **argv)
{
    const std::string_view command = argc > 1 ? argv[1] : "";
    if (command == "make" && argc == 4)
        make(argv[3], std::string_view(argv[2]) == "stopped");
    else if (command == "describe" && argc == 3)
        describe(argv[2]);
    else
        return 2;
    return 0;
}
