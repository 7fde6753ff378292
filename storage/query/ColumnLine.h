#pragma once

#include "storage/query/Context.h"

#include <functional>

namespace plimsoll::promql {

/// Makes the columns of many series, one after the other or on several threads at a time, and hands them over
/// in order: no more than a few dozen of them exist at once.
class ColumnLine
{
public:
    /// Makes the column of the `index`-th series, whose memory comes from an earlier one; nothing where it is
    /// to be left out. Returns whether there is one. The maker is used by one thread.
    using Make = std::function<bool(size_t index, Column &out)>;
    /// A maker that counts and fails in this context.
    using Maker = std::function<Make(Context &context)>;
    /// May move from the column. Called by the thread that calls run().
    using Take = std::function<void(Column &column, size_t index)>;

    /// Ends early where the context fails. With `alone` no other threads are asked: for columns that are made
    /// in less time than it takes to hand them over.
    static void run(Context &context, size_t count, bool alone, const Maker &maker, const Take &take);
};

} // namespace plimsoll::promql
