#pragma once

#include "server/ingest/ItemError.h"
#include "storage/model/Labels.h"

#include <optional>
#include <string>
#include <string_view>

namespace plimsoll::ingest {

/// Takes tokens off the front of one line of the text exposition.
class ExpositionLine
{
public:
    explicit ExpositionLine(std::string_view line)
        : m_rest(line)
    {
        skipBlanks();
    }

    bool empty() const { return m_rest.empty(); }
    char front() const { return m_rest.empty() ? '\0' : m_rest.front(); }
    std::string_view rest() const { return m_rest; }
    void skip(size_t bytes) { m_rest.remove_prefix(bytes); }
    void skipBlanks();

    /// Everything up to a blank or the end.
    std::string_view word();
    /// The metric name, up to "{" or a blank; may be empty.
    std::string_view name();
    /// The braces and what is in them; nothing where they do not close.
    std::optional<std::string_view> braces();
    /// The text in quotes that begins here, in plain; nothing where it is malformed.
    std::optional<std::string> quotedText();
    /// A float as the exposition writes it, "+Inf" and "NaN" included.
    std::optional<double> number();

private:
    std::string_view m_rest;
};

/// Reads `{a="1",b="2",}`; a quoted text without a value is the metric name and lands in `name`.
ItemCheck readExpositionLabels(std::string_view braces, Labels &labels, std::string &name);

} // namespace plimsoll::ingest
