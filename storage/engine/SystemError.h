#pragma once

#include "storage/model/Result.h"

#include <cerrno>
#include <filesystem>
#include <string_view>

namespace plimsoll {

/// What the system call that just failed says about a path: NoSpace where the disk is full, else Unavailable.
Error systemError(std::string_view doing, const std::filesystem::path &path, int number = errno);

} // namespace plimsoll
