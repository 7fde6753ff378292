#include "server/ingest/IdempotencyKey.h"

#include "server/http/Method.h"

#include <xxhash.h>

namespace plimsoll::ingest {
namespace {

/// A running XXH3-128 of several parts, each preceded by its length so that parts cannot run into each other.
class Hash
{
public:
    Hash()
        : m_state(XXH3_createState(), &XXH3_freeState)
    {
        XXH3_128bits_reset(m_state.get());
    }
    void add(std::string_view part)
    {
        const uint64_t size = part.size();
        XXH3_128bits_update(m_state.get(), &size, sizeof size);
        XXH3_128bits_update(m_state.get(), part.data(), part.size());
    }
    std::array<uint64_t, 2> value() const
    {
        const XXH128_hash_t hash = XXH3_128bits_digest(m_state.get());
        return {hash.low64, hash.high64};
    }

private:
    std::unique_ptr<XXH3_state_t, XXH_errorcode (*)(XXH3_state_t *)> m_state;
};

bool printable(std::string_view key)
{
    return std::all_of(key.begin(), key.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
}

} // namespace

Batch::Idempotency idempotency(ProjectId project, std::string_view key, std::string_view target,
                               std::string_view body)
{
    Hash ofKey;
    ofKey.add(std::to_string(project));
    ofKey.add(key);
    Hash ofBody;
    ofBody.add(target);
    ofBody.add(body);
    return {ofKey.value(), ofBody.value()};
}

Result<std::optional<Batch::Idempotency>> idempotencyOf(const http::Request &request)
{
    const auto key = request.header("idempotency-key");
    if (!key)
        return std::optional<Batch::Idempotency>();
    if (key->empty() || key->size() > 255 || !printable(*key))
        return Error{ErrorCode::Invalid, "The Idempotency-Key is not 1 to 255 printable ASCII characters.",
                     "Send a fresh random text, such as a UUID, for each body, and the same one when you "
                     "send it again."};
    std::string target(http::methodName(request.method));
    ((target += ' ') += request.path) += '?' + request.rawQuery;
    return std::optional(idempotency(request.principal.project, *key, target,
                                     {request.body.data(), static_cast<size_t>(request.body.size())}));
}

} // namespace plimsoll::ingest
