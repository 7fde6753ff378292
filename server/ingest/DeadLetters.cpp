#include "server/ingest/DeadLetters.h"

#include "server/http/PercentCoding.h"
#include "server/ingest/RefusedItems.h"

#include <algorithm>
#include <charconv>
#include <chrono>

#include <pthread.h>

namespace plimsoll::ingest {
namespace {

constexpr size_t maxPayloadBytes = 64 << 10;
constexpr double lettersPerSecond = 200;
constexpr double letterBurst = 2'000;
constexpr int64_t expireEveryMs = 60'000;
constexpr std::string_view secrets[] = {"u", "p", "token", "key", "access_token"};

/// A query without what gives access.
std::string withoutSecrets(std::string_view query)
{
    std::string out;
    while (!query.empty()) {
        const std::string_view pair = query.substr(0, query.find('&'));
        query.remove_prefix(std::min(query.size(), pair.size() + 1));
        const std::string_view name = pair.substr(0, pair.find('='));
        if (std::find(std::begin(secrets), std::end(secrets), name) != std::end(secrets))
            continue;
        (out += out.empty() ? "" : "&") += pair;
    }
    return out;
}

DeadLetter letterOf(const RefusedInput &input, int64_t nowMs)
{
    DeadLetter letter;
    letter.atMs = input.receivedMs > 0 ? input.receivedMs : nowMs;
    letter.source = input.source;
    letter.path = input.path;
    letter.query = withoutSecrets(input.query);
    letter.subject = input.subject;
    letter.contentType = input.contentType;
    letter.coding = input.coding;
    letter.keyId = input.keyId;
    letter.accepted = input.accepted;
    letter.refused = input.refused;
    return letter;
}

const char *codeOf(const Error &error)
{
    switch (error.code) {
    case ErrorCode::TooLarge:
        return "too_large";
    case ErrorCode::Unprocessable:
        return "unprocessable";
    case ErrorCode::Unsupported:
        return "unsupported";
    default:
        return "malformed";
    }
}

void setPayload(DeadLetter &letter, std::string_view payload)
{
    letter.truncated = letter.truncated || payload.size() > maxPayloadBytes;
    letter.payload = payload.substr(0, maxPayloadBytes);
}

} // namespace

DeadLetters::DeadLetters(std::filesystem::path directory, const DeadLetterLimits &limits, const Clock &clock)
    : m_directory(std::move(directory))
    , m_limits(limits)
    , m_clock(clock)
{
    m_thread = std::thread([this] { run(); });
    pthread_setname_np(m_thread.native_handle(), "dead-letters");
}

DeadLetters::~DeadLetters() { stop(); }

void DeadLetters::stop()
{
    {
        const std::lock_guard lock(m_mutex);
        m_stops = true;
    }
    m_wake.notify_one();
    if (m_thread.joinable())
        m_thread.join();
}

void DeadLetters::refused(RefusedInput input)
{
    // A body may be shared with its request; a long one is not held for its head.
    if (input.body.size() > qsizetype(maxWaitingBytes / 4)) {
        input.body = input.body.left(qsizetype(maxPayloadBytes));
        input.cut = true;
    }
    const auto bytes = static_cast<size_t>(input.body.size()) + 1024;
    const std::lock_guard lock(m_mutex);
    if (m_stops || m_inputs.size() >= maxWaitingInputs || m_inputBytes + bytes > maxWaitingBytes) {
        m_dropped++;
        return;
    }
    m_inputBytes += bytes;
    m_inputs.push_back(std::move(input));
    m_wake.notify_one();
}

bool DeadLetters::ask(ProjectId project, Work work)
{
    const std::lock_guard lock(m_mutex);
    if (m_stops || m_asks.size() >= maxWaitingAsks)
        return false;
    m_asks.push_back([this, project, work = std::move(work)] {
        work(boxOf(project));
        countKept();
    });
    m_wake.notify_one();
    return true;
}

void DeadLetters::keepOnly(std::function<bool(ProjectId)> exists)
{
    const std::lock_guard lock(m_mutex);
    if (m_stops)
        return;
    m_asks.push_back([this, exists = std::move(exists)] {
        std::error_code failure;
        for (std::filesystem::directory_iterator each(m_directory, failure), end;
             !m_directory.empty() && !failure && each != end; each.increment(failure)) {
            const std::string name = each->path().filename().string();
            ProjectId project = 0;
            const auto parsed = std::from_chars(name.data(), name.data() + name.size(), project);
            if (parsed.ec != std::errc() || parsed.ptr != name.data() + name.size() || exists(project))
                continue;
            m_boxes.erase(project);
            std::error_code ignored;
            std::filesystem::remove_all(each->path(), ignored);
        }
    });
    m_wake.notify_one();
}

void DeadLetters::run()
{
    std::unique_lock lock(m_mutex);
    for (;;) {
        m_wake.wait_for(lock, std::chrono::milliseconds(expireEveryMs),
                        [this] { return m_stops || !m_inputs.empty() || !m_asks.empty(); });
        // What was refused before somebody asked is there when they look.
        while (!m_inputs.empty()) {
            const RefusedInput input = std::move(m_inputs.front());
            m_inputs.pop_front();
            m_inputBytes -= static_cast<size_t>(input.body.size()) + 1024;
            lock.unlock();
            write(input);
            lock.lock();
        }
        if (!m_asks.empty()) {
            const auto work = std::move(m_asks.front());
            m_asks.pop_front();
            lock.unlock();
            work();
            lock.lock();
        } else if (m_stops) {
            return;
        }
        lock.unlock();
        expireSometimes();
        lock.lock();
    }
}

void DeadLetters::expireSometimes()
{
    const int64_t nowMs = m_clock.nowMs();
    if (nowMs < m_expiredMs + expireEveryMs && nowMs >= m_expiredMs)
        return;
    m_expiredMs = nowMs;
    for (const auto &[project, box] : m_boxes)
        box->expire(nowMs);
    countKept();
}

DeadLetterBox &DeadLetters::boxOf(ProjectId project)
{
    auto &box = m_boxes[project];
    if (!box) {
        box = std::make_unique<DeadLetterBox>(
            m_directory.empty() ? m_directory : m_directory / std::to_string(project), m_limits);
        box->expire(m_clock.nowMs());
    }
    return *box;
}

void DeadLetters::countKept()
{
    uint64_t kept = 0;
    for (const auto &[project, box] : m_boxes)
        kept += box->size();
    m_kept = kept;
}

bool DeadLetters::mayWrite()
{
    const int64_t nowMs = m_clock.nowMs();
    const auto passed = static_cast<double>(std::max<int64_t>(0, nowMs - m_allowedMs));
    m_allowance = std::min(letterBurst, m_allowance + passed / 1000 * lettersPerSecond);
    m_allowedMs = nowMs;
    if (m_allowance < 1) {
        m_dropped++;
        return false;
    }
    m_allowance -= 1;
    return true;
}

void DeadLetters::write(const RefusedInput &input)
{
    if (!mayWrite())
        return;
    DeadLetter letter = letterOf(input, m_clock.nowMs());
    DeadLetterBox &box = boxOf(input.project);
    const std::vector<RefusedItem> items = refusedItems(input);
    if (items.empty()) {
        letter.code = input.error                ? codeOf(*input.error)
                      : input.rejections.empty() ? ""
                                                 : input.rejections.front().code;
        letter.message = input.error                ? input.error->message
                         : input.rejections.empty() ? ""
                                                    : input.rejections.front().message;
        letter.truncated = input.cut;
        setPayload(letter, {input.body.constData(), size_t(input.body.size())});
        box.add(std::move(letter));
    }
    letter.whole = false;
    for (size_t i = 0; i < items.size() && (i == 0 || mayWrite()); i++) {
        letter.code = items[i].rejection->code;
        letter.message = items[i].rejection->message;
        letter.more = i + 1 == items.size() ? input.refused - static_cast<uint32_t>(items.size()) : 0;
        setPayload(letter, items[i].body);
        box.add(letter);
    }
    if (box.bytes() > m_limits.maxBytes || box.size() > m_limits.maxLetters)
        box.expire(m_clock.nowMs());
    countKept();
}

} // namespace plimsoll::ingest
