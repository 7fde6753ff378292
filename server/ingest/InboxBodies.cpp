#include "server/ingest/InboxBodies.h"

#include "server/ingest/JsonText.h"
#include "server/ingest/PersonalData.h"
#include "storage/model/Labels.h"

#include <QString>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <unordered_set>

namespace plimsoll::ingest {
namespace {

constexpr size_t maxShownBytes = 512; ///< of a series or a message
constexpr std::string_view mask = "••••";

bool isText(std::string_view bytes)
{
    if (!QUtf8StringView(bytes.data(), qsizetype(bytes.size())).isValidUtf8())
        return false;
    return std::none_of(bytes.begin(), bytes.end(),
                        [](char c) { return uint8_t(c) < 0x20 && c != '\t' && c != '\n' && c != '\r'; });
}

/// The first `count` bytes, without the half of a character.
std::string_view headOf(std::string_view text, size_t count)
{
    if (text.size() <= count)
        return text;
    while (count > 0 && (uint8_t(text[count]) & 0xc0) == 0x80)
        count--;
    return text.substr(0, count);
}

bool isWordCharacter(char c)
{
    return std::isalnum(uint8_t(c)) || std::string_view("_-.+/=~").find(c) != std::string_view::npos;
}

bool isSecret(std::string_view word)
{
    const LooksLike what = looksLike(word);
    return what == LooksLike::Token || what == LooksLike::Card || word.starts_with("plm_");
}

std::string masked(std::string_view text)
{
    std::string out;
    for (size_t at = 0; at < text.size();) {
        size_t end = at;
        while (end < text.size() && isWordCharacter(text[end]))
            end++;
        const std::string_view word = text.substr(at, end - at);
        out += isSecret(word) ? mask : word;
        if (end < text.size())
            out += text[end++];
        at = end;
    }
    return out;
}

std::string numberText(double number)
{
    if (!std::isfinite(number))
        return "null";
    char text[32];
    return {text, std::to_chars(text, text + sizeof text, number).ptr};
}

std::string shownSeries(const Batch::Series &series)
{
    const auto labels = Labels::fromKey(series.canonicalKey());
    return labels ? labels->toString().substr(0, maxShownBytes) : std::string();
}

} // namespace

ShownBody ShownBody::of(const CameIn &came)
{
    ShownBody shown;
    shown.contentType = came.contentType.substr(0, 100);
    shown.bytes = came.body.size();
    shown.hidden = came.hidden;
    const std::string_view head = headOf(came.body, maxBytes);
    shown.binary = came.coded || !isText(head);
    if (!shown.hidden && !shown.binary) {
        shown.text = masked(head);
        shown.shownBytes = head.size();
    }
    return shown;
}

void ShownBody::addOutcome(const Batch &batch, const CommitReceipt &receipt)
{
    std::unordered_set<uint32_t> refused;
    for (const Rejection &rejection : receipt.rejections) {
        refused.insert(rejection.item);
        if (refusals.size() < maxRefusals)
            refusals.emplace_back(rejection.code, headOf(rejection.message, maxShownBytes));
    }
    const auto add = [&](const auto &sample, double value) {
        if (refused.contains(sample.item))
            return;
        if (became.size() < maxSamples)
            became.push_back({shownSeries(batch.series[sample.series]), value, sample.timestampMs});
        else
            more++;
    };
    for (const auto &sample : batch.floats)
        add(sample, sample.value);
    for (const auto &sample : batch.histograms)
        add(sample, sample.value.sum());
}

std::string ShownBody::toJson() const
{
    std::string out =
        "{\"content_type\":" + quoteJson(contentType) + ",\"bytes\":" + std::to_string(bytes) +
        ",\"shown_bytes\":" + std::to_string(shownBytes) + ",\"binary\":" + (binary ? "true" : "false") +
        ",\"hidden\":" + (hidden ? "true" : "false") +
        ",\"body\":" + (binary || hidden ? std::string("null") : quoteJson(text)) + ",\"became\":[";
    for (const Sample &sample : became)
        out += (out.back() == '[' ? "{\"series\":" : ",{\"series\":") + quoteJson(sample.series) +
               ",\"value\":" + numberText(sample.value) +
               ",\"timestamp_ms\":" + std::to_string(sample.timestampMs) + '}';
    out += "],\"more\":" + std::to_string(more) + ",\"refusals\":[";
    for (const auto &[code, message] : refusals)
        out += (out.back() == '[' ? "{\"code\":" : ",{\"code\":") + quoteJson(code) +
               ",\"message\":" + quoteJson(message) + '}';
    return out + "]}";
}

void InboxBodies::keep(ProjectId project, int64_t atMs, std::string_view source, std::string_view keyId,
                       ShownBody body)
{
    if (m_kept.size() >= maxProjects && !m_kept.contains(project))
        m_kept.erase(std::min_element(m_kept.begin(), m_kept.end(), [](const auto &a, const auto &b) {
            return a.second.back().atMs < b.second.back().atMs;
        }));
    std::deque<Kept> &kept = m_kept[project];
    if (kept.size() >= perProject)
        kept.pop_front();
    kept.push_back({atMs, std::string(source), std::string(keyId), std::move(body)});
}

const ShownBody *InboxBodies::find(ProjectId project, int64_t atMs, std::string_view source,
                                   std::string_view keyId) const
{
    const auto kept = m_kept.find(project);
    if (kept == m_kept.end())
        return nullptr;
    const auto found = std::find_if(kept->second.rbegin(), kept->second.rend(), [&](const Kept &each) {
        return each.atMs == atMs && each.source == source && each.keyId == keyId;
    });
    return found == kept->second.rend() ? nullptr : &found->body;
}

} // namespace plimsoll::ingest
