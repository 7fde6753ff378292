#pragma once

#include "storage/model/Result.h"

#include <filesystem>
#include <string>

namespace plimsoll {

/// The 128 random bits, as 32 hexadecimal digits, by which a shared database knows this data directory. They
/// live in its file `node`, which is made at the first call and synced. Fails with Corrupt where the file
/// holds something else.
Result<std::string> nodeIdentity(const std::filesystem::path &directory);

} // namespace plimsoll
