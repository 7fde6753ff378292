#include "server/ingest/PushPath.h"

#include "server/ingest/NameRules.h"

#include <QByteArray>

#include <simdjson.h>

#include <optional>

namespace plimsoll::ingest {
namespace {

constexpr std::string_view base64Suffix = "@base64";

Error invalid(std::string message) { return {ErrorCode::Invalid, std::move(message), {}}; }

std::optional<std::string> decodedBase64(std::string_view text)
{
    while (text.ends_with('='))
        text.remove_suffix(1);
    const auto decoded = QByteArray::fromBase64Encoding(QByteArray(text.data(), qsizetype(text.size())),
                                                        QByteArray::Base64UrlEncoding |
                                                            QByteArray::AbortOnBase64DecodingErrors);
    return decoded ? std::optional((*decoded).toStdString()) : std::nullopt;
}

std::string_view takeSegment(std::string_view &rest)
{
    const std::string_view out = rest.substr(0, rest.find('/'));
    rest.remove_prefix(std::min(out.size() + 1, rest.size()));
    return out;
}

Status addLabel(Labels &labels, std::string_view name, std::string_view raw, bool isBase64)
{
    const auto value = isBase64 ? decodedBase64(raw) : std::optional(std::string(raw));
    if (!value || !simdjson::validate_utf8(*value))
        return invalid("The value of " + quoted(name) + " is not base64 of UTF-8.");
    if (auto error = checkLabel(name, *value))
        return invalid(error->message);
    if (labels.contains(name))
        return invalid("The label " + quoted(name) + " is there twice.");
    labels.set(name, *value);
    return {};
}

} // namespace

Result<Labels> pushLabels(std::string_view job, bool jobIsBase64, std::string_view rest)
{
    Labels labels;
    if (Status added = addLabel(labels, "job", job, jobIsBase64); !added)
        return added.error();
    if (labels.empty())
        return invalid("The job has no name.");
    while (!rest.empty()) {
        std::string_view name = takeSegment(rest);
        const bool isBase64 = name.ends_with(base64Suffix);
        if (isBase64)
            name.remove_suffix(base64Suffix.size());
        if (rest.empty())
            return invalid("The label " + quoted(name) + " in the path has no value.");
        if (Status added = addLabel(labels, name, takeSegment(rest), isBase64); !added)
            return added.error();
    }
    if (auto error = checkLabels(labels))
        return invalid(error->message);
    return labels;
}

} // namespace plimsoll::ingest
