#include "storage/query/ColumnLine.h"

#include "storage/model/ThreadPriority.h"
#include "storage/query/Crew.h"

#include <array>
#include <atomic>
#include <exception>
#include <mutex>

#include <unistd.h>

namespace plimsoll::promql {

namespace {

constexpr size_t fewest = 16; // series worth a second thread

void runAlone(Context &context, size_t count, const ColumnLine::Maker &maker, const ColumnLine::Take &take)
{
    const auto make = maker(context);
    Column column;
    for (size_t i = 0; i < count; i++) {
        const bool any = make(i, column);
        if (i % 256 == 255)
            context.proceed();
        if (context.failed())
            return;
        if (any)
            take(column, i);
    }
}

/// A ring of columns. Series are claimed in order by whoever is free, and taken in order by the thread that
/// owns the ring, which makes columns as well while the next one in turn is not ready.
class Ring
{
public:
    Ring(Context &context, size_t count, const ColumnLine::Maker &maker)
        : m_context(context)
        , m_count(count)
        , m_maker(maker)
    {
    }

    void run(const ColumnLine::Take &take)
    {
        {
            const Crew::Help help(Crew::shared(), [this] { assist(); });
            const Stop stop(*this);
            const auto make = m_maker(m_context);
            for (size_t i = 0; i < m_count && !m_stopped; i++) {
                Slot &slot = m_slots[i % slots];
                waitFor(slot, i, make);
                if (slot.any && !m_stopped)
                    take(slot.column, i);
                if (m_context.failed())
                    m_stopped = true;
                m_taken = i + 1;
                m_taken.notify_all();
            }
        }
        for (const auto &helper : m_helpers)
            m_context.absorb(*helper);
    }

private:
    static constexpr size_t slots = 64;

    struct Slot
    {
        Column column;
        bool any = false;
        std::atomic<size_t> ready = 0; ///< the series whose column is inside, plus one
    };

    /// Lets the helpers go, however the way out is taken.
    struct Stop
    {
        explicit Stop(Ring &ring)
            : m_ring(ring)
        {
        }
        ~Stop()
        {
            m_ring.m_stopped = true;
            m_ring.m_taken = m_ring.m_count + 1;
            m_ring.m_taken.notify_all();
        }
        Ring &m_ring;
    };

    void waitFor(Slot &slot, size_t index, const ColumnLine::Make &make)
    {
        size_t ready = slot.ready;
        while (ready != index + 1) {
            if (!makeNext(make))
                slot.ready.wait(ready);
            ready = slot.ready;
        }
    }

    /// Makes one more column; false where there is no room or no series left.
    bool makeNext(const ColumnLine::Make &make)
    {
        size_t index = m_next;
        do {
            if (index >= m_count || index >= m_taken + slots)
                return false;
        } while (!m_next.compare_exchange_weak(index, index + 1));
        Slot &slot = m_slots[index % slots];
        slot.any = !m_stopped && make(index, slot.column);
        slot.ready = index + 1;
        slot.ready.notify_all();
        return true;
    }

    void assist()
    {
        Context &context = addHelper();
        const auto maker = m_maker(context);
        // What is thrown here has nobody to catch it, and the owner waits for the column.
        const ColumnLine::Make make = [&](size_t index, Column &out) {
            try {
                return maker(index, out);
            } catch (const std::exception &thrown) {
                context.fail(
                    {ErrorCode::Internal, std::string("The evaluation failed: ") + thrown.what(), {}});
                return false;
            }
        };
        bool givesWay = givesWayToIngest();
        while (!m_stopped && m_next < m_count) {
            if (!givesWay && givesWayToIngest(m_owner)) {
                giveWayToIngest();
                givesWay = true;
            }
            const size_t taken = m_taken;
            if (!makeNext(make) && m_next < m_count)
                m_taken.wait(taken);
            if (context.failed())
                m_stopped = true;
        }
    }

    Context &addHelper()
    {
        const std::lock_guard lock(m_mutex);
        return *m_helpers.emplace_back(std::make_unique<Context>(m_context));
    }

    Context &m_context;
    const pid_t m_owner = ::gettid();
    const size_t m_count;
    const ColumnLine::Maker &m_maker;
    std::array<Slot, slots> m_slots;
    std::atomic<size_t> m_next = 0;  ///< to be made
    std::atomic<size_t> m_taken = 0; ///< those before were taken, and their slots are free
    std::atomic<bool> m_stopped = false;
    std::mutex m_mutex;
    std::vector<std::unique_ptr<Context>> m_helpers;
};

} // namespace

void ColumnLine::run(Context &context, size_t count, bool alone, const Maker &maker, const Take &take)
{
    if (alone || count < fewest || !context.reader.readsConcurrently() || Crew::shared().size() == 0)
        return runAlone(context, count, maker, take);
    Ring(context, count, maker).run(take);
}

} // namespace plimsoll::promql
