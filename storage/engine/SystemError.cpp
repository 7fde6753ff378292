#include "storage/engine/SystemError.h"

#include <system_error>

namespace plimsoll {

Error systemError(std::string_view doing, const std::filesystem::path &path, int number)
{
    const bool full = number == ENOSPC || number == EDQUOT;
    Error error;
    error.code = full ? ErrorCode::NoSpace : ErrorCode::Unavailable;
    error.message = std::string(doing) + " " + path.string() +
                    " failed: " + std::generic_category().message(number) + ".";
    error.hint =
        full ? "Free space on that disk." : "Check that the disk works and that Plimsoll may write there.";
    return error;
}

} // namespace plimsoll
