#include "server/ingest/RefusedInput.h"

namespace plimsoll::ingest {
namespace {

class NoRefusalSink final : public RefusalSink
{
public:
    void refused(RefusedInput) override {}
};

} // namespace

RefusalSink &RefusalSink::none()
{
    static NoRefusalSink sink;
    return sink;
}

} // namespace plimsoll::ingest
