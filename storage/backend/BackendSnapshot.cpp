#include "storage/backend/BackendSnapshot.h"

namespace plimsoll {

Result<std::unique_ptr<BackendSnapshot>> Backend::snapshot() const
{
    return Error{ErrorCode::Unsupported, "This kind of database cannot be copied by this version.",
                 "Use the tools of the database."};
}

} // namespace plimsoll
