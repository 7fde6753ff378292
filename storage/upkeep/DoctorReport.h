#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace plimsoll {

/// One thing that is wrong.
struct Finding
{
    std::string where; ///< "journal/segment-000003", "pack of seal 12 from series 7"
    std::string what;  ///< one plain sentence
};

/// What a check of a data directory found.
struct DoctorReport
{
    static constexpr size_t maxFindings = 200; ///< that are spelled out; the others are counted

    std::map<std::string, uint64_t> counts; ///< what was looked at, in plain words: "packs", "samples"
    std::vector<Finding> findings;
    uint64_t found = 0;             ///< all of them
    std::vector<std::string> notes; ///< what is right and yet worth knowing

    bool healthy() const { return found == 0; }
    void add(std::string where, std::string what)
    {
        if (found++ < maxFindings)
            findings.push_back({std::move(where), std::move(what)});
    }
    /// Whether something with this beginning was found; for tests and repairs.
    bool names(std::string_view where) const
    {
        for (const Finding &finding : findings) {
            if (finding.where.starts_with(where))
                return true;
        }
        return false;
    }
};

} // namespace plimsoll
