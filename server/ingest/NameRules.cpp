#include "server/ingest/NameRules.h"

#include "storage/model/Labels.h"

namespace plimsoll::ingest {
namespace {

ItemCheck checkWord(const char *code, const char *what, std::string_view word, size_t maxBytes)
{
    if (word.empty())
        return ItemError{code, std::string(what) + " is empty."};
    if (word.size() > maxBytes)
        return ItemError{code, std::string(what) + " " + quoted(word) + " has " +
                                   std::to_string(word.size()) + " bytes; the limit is " +
                                   std::to_string(maxBytes) + "."};
    if (word.find('\0') != std::string_view::npos)
        return ItemError{code, std::string(what) + " " + quoted(word) + " holds a zero byte."};
    return std::nullopt;
}

} // namespace

std::string_view startOf(std::string_view text, size_t maxBytes)
{
    size_t end = std::min(text.size(), maxBytes);
    while (end > 0 && end < text.size() && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80)
        end--;
    return text.substr(0, end);
}

std::string quoted(std::string_view text)
{
    const std::string_view start = startOf(text, 64);
    return '"' + std::string(start) + (start.size() < text.size() ? "…\"" : "\"");
}

ItemCheck checkMetricName(std::string_view name)
{
    return checkWord("bad_name", "The metric name", name, maxNameBytes);
}

ItemCheck checkLabel(std::string_view name, std::string_view value)
{
    if (auto error = checkWord("bad_label", "The label name", name, maxLabelNameBytes))
        return error;
    if (name.starts_with("__"))
        return ItemError{"bad_label", "The label name " + quoted(name) +
                                          " begins with two underscores, which are reserved."};
    if (value.size() > maxLabelValueBytes)
        return ItemError{"bad_label", "The value of label " + quoted(name) + " has " +
                                          std::to_string(value.size()) + " bytes; the limit is " +
                                          std::to_string(maxLabelValueBytes) + "."};
    if (value.find('\0') != std::string_view::npos)
        return ItemError{"bad_label", "The value of label " + quoted(name) + " holds a zero byte."};
    return std::nullopt;
}

ItemCheck checkLabels(const Labels &labels)
{
    if (labels.size() > maxLabels)
        return ItemError{"too_many_labels", "There are " + std::to_string(labels.size()) +
                                                " labels; the limit is " + std::to_string(maxLabels) + "."};
    for (const auto &[name, value] : labels) {
        if (auto error = checkLabel(name, value))
            return error;
    }
    return std::nullopt;
}

} // namespace plimsoll::ingest
