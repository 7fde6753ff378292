#include "tests/conformance/PromqlScript.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>

using namespace plimsoll;

namespace {

std::vector<std::filesystem::path> scriptsIn(const std::filesystem::path &directory)
{
    std::vector<std::filesystem::path> files;
    std::error_code error;
    for (const auto &entry : std::filesystem::directory_iterator(directory, error)) {
        if (entry.path().extension() == ".test")
            files.push_back(entry.path());
    }
    std::ranges::sort(files);
    return files;
}

} // namespace

/// promql_conformance DIR: runs all *.test scripts of a directory; prints a line per failing eval, a count
/// per file and "N passed, N failed". The exit status is 0 where none failed, 1 where some did, 2 where there
/// was nothing to run.
int main(int argc, char **argv)
{
    if (argc != 2) {
        std::fprintf(stderr, "usage: promql_conformance DIR\n");
        return 2;
    }
    const auto files = scriptsIn(argv[1]);
    if (files.empty()) {
        std::fprintf(stderr, "SKIPPED: there are no .test files in %s.\n", argv[1]);
        return 77;
    }
    size_t passed = 0;
    size_t failed = 0;
    for (const auto &file : files) {
        const auto report = conformance::runScript(file);
        for (const auto &failure : report.failures)
            std::printf("%s\n", failure.c_str());
        std::printf("%s: %zu passed, %zu failed\n", file.filename().c_str(), report.passed,
                    report.failures.size());
        passed += report.passed;
        failed += report.failures.size();
    }
    std::printf("%zu passed, %zu failed\n", passed, failed);
    return failed == 0 ? 0 : 1;
}
