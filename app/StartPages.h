#pragma once

namespace plimsoll::app {

/// Gives back what only the start needed: unmaps the pages of executable code (ours and the libraries'), and
/// frees heap that malloc kept. Code that is still in use comes back from the page cache at its next call, by
/// a minor fault each; what was for starting (OpenSSL's tables, schema creation, command line) does not. Only
/// mappings that are executable and not writable are touched: they are never dirty, so nothing can be lost.
/// Source: madvise(2), MADV_DONTNEED.
void releaseStartPages();

} // namespace plimsoll::app
