#include "storage/model/Labels.h"

#include "storage/model/Varint.h"

#include <algorithm>

namespace plimsoll {

const std::vector<Labels::Pair> Labels::noPairs;

Labels::Labels(std::initializer_list<Pair> pairs)
    : Labels(std::vector<Pair>(pairs))
{
}

Labels::Labels(std::vector<Pair> pairs)
{
    std::stable_sort(pairs.begin(), pairs.end(),
                     [](const Pair &a, const Pair &b) { return a.first < b.first; });
    size_t kept = 0;
    for (size_t i = 0; i < pairs.size(); i++) {
        const bool repeatedLater = i + 1 < pairs.size() && pairs[i + 1].first == pairs[i].first;
        if (repeatedLater || pairs[i].second.empty())
            continue;
        if (kept != i)
            pairs[kept] = std::move(pairs[i]);
        kept++;
    }
    pairs.resize(kept);
    if (kept > 0)
        m_pairs = std::make_shared<std::vector<Pair>>(std::move(pairs));
}

std::vector<Labels::Pair> &Labels::own()
{
    if (!m_pairs || m_pairs.use_count() > 1)
        m_pairs = std::make_shared<std::vector<Pair>>(pairs());
    return *m_pairs;
}

std::string_view Labels::value(std::string_view name) const
{
    const auto it = std::lower_bound(begin(), end(), name,
                                     [](const Pair &pair, std::string_view n) { return pair.first < n; });
    return it != end() && it->first == name ? std::string_view(it->second) : std::string_view();
}

void Labels::set(std::string_view name, std::string_view value)
{
    const auto it = std::lower_bound(begin(), end(), name,
                                     [](const Pair &pair, std::string_view n) { return pair.first < n; });
    const bool found = it != end() && it->first == name;
    const auto place = it - begin();
    if (value.empty()) {
        if (found)
            own().erase(own().begin() + place);
    } else if (found) {
        own()[static_cast<size_t>(place)].second = value;
    } else {
        own().emplace(own().begin() + place, name, value);
    }
}

std::string quoteLabelValue(std::string_view value)
{
    std::string out = "\"";
    for (const char c : value) {
        if (c == '\n')
            out += "\\n";
        else if (c == '"' || c == '\\')
            (out += '\\') += c;
        else
            out += c;
    }
    return out += '"';
}

std::string Labels::toString() const
{
    std::string out(name());
    const char *separator = "{";
    for (const auto &[key, value] : *this) {
        if (key == nameLabel)
            continue;
        ((out += separator) += key) += '=';
        out += quoteLabelValue(value);
        separator = ",";
    }
    if (*separator == ',')
        out += '}';
    return out.empty() ? "{}" : out;
}

std::string Labels::key() const
{
    std::string out;
    for (const auto &[name, value] : *this) {
        appendVarint(out, name.size());
        out += name;
        appendVarint(out, value.size());
        out += value;
    }
    return out;
}

std::optional<Labels> Labels::fromKey(std::string_view key)
{
    constexpr size_t usualPairs = 12;
    auto pairs = std::make_shared<std::vector<Pair>>();
    pairs->reserve(usualPairs);
    while (!key.empty()) {
        Pair &pair = pairs->emplace_back();
        for (std::string *part : {&pair.first, &pair.second}) {
            const auto size = takeVarint(key);
            if (!size || *size > key.size())
                return std::nullopt;
            part->assign(key.substr(0, *size));
            key.remove_prefix(*size);
        }
        if (pair.second.empty() || (pairs->size() > 1 && (*pairs)[pairs->size() - 2].first >= pair.first))
            return std::nullopt;
    }
    Labels labels;
    if (!pairs->empty())
        labels.m_pairs = std::move(pairs);
    return labels;
}

} // namespace plimsoll
