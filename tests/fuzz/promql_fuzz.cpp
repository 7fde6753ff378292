// The parser of PromQL, and whether what is printed reads back as it was.
#include "storage/query/Analyzer.h"
#include "storage/query/AstJson.h"
#include "storage/query/Parser.h"
#include "storage/query/Printer.h"
#include "tests/support/SameExpr.h"

#include <cstdio>
#include <cstdlib>

using namespace plimsoll;
using namespace plimsoll::promql;

namespace {

void require(bool condition, const std::string &query, const std::string &printed)
{
    if (condition)
        return;
    std::fprintf(stderr, "%s\nprinted as\n%s\n", query.c_str(), printed.c_str());
    std::abort();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const std::string query(reinterpret_cast<const char *>(data), size);
    (void)parseSelector(query);
    (void)parse(query);
    const auto first = parse(query, {.experimental = true});
    if (!first)
        return 0;
    const std::string line = print(**first);
    for (const std::string &text : {line, prettyPrint(**first)}) {
        const auto second = parse(text, {.experimental = true});
        // What is printed may be longer than the longest text that is read, or nested a little deeper.
        if (!second && text.size() > 4 * query.size())
            continue;
        require(second.ok() && test::sameExpr(**first, **second) && print(**second) == line, query, text);
    }
    if (analyze(**first).ok())
        (void)astJson(**first);
    return 0;
}
