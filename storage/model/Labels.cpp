#include "storage/model/Labels.h"

#include "storage/model/Varint.h"

#include <algorithm>

namespace plimsoll {

Labels::Labels(std::initializer_list<Pair> pairs)
    : Labels(std::vector<Pair>(pairs))
{
}

Labels::Labels(std::vector<Pair> pairs)
    : m_pairs(std::move(pairs))
{
    std::stable_sort(m_pairs.begin(), m_pairs.end(),
                     [](const Pair &a, const Pair &b) { return a.first < b.first; });
    size_t kept = 0;
    for (size_t i = 0; i < m_pairs.size(); i++) {
        const bool repeatedLater = i + 1 < m_pairs.size() && m_pairs[i + 1].first == m_pairs[i].first;
        if (repeatedLater || m_pairs[i].second.empty())
            continue;
        if (kept != i)
            m_pairs[kept] = std::move(m_pairs[i]);
        kept++;
    }
    m_pairs.resize(kept);
}

std::string_view Labels::value(std::string_view name) const
{
    const auto it = std::lower_bound(m_pairs.begin(), m_pairs.end(), name,
                                     [](const Pair &pair, std::string_view n) { return pair.first < n; });
    return it != m_pairs.end() && it->first == name ? std::string_view(it->second) : std::string_view();
}

void Labels::set(std::string_view name, std::string_view value)
{
    const auto it = std::lower_bound(m_pairs.begin(), m_pairs.end(), name,
                                     [](const Pair &pair, std::string_view n) { return pair.first < n; });
    const bool found = it != m_pairs.end() && it->first == name;
    if (value.empty()) {
        if (found)
            m_pairs.erase(it);
    } else if (found) {
        it->second = value;
    } else {
        m_pairs.emplace(it, name, value);
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
    for (const auto &[key, value] : m_pairs) {
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
    for (const auto &[name, value] : m_pairs) {
        appendVarint(out, name.size());
        out += name;
        appendVarint(out, value.size());
        out += value;
    }
    return out;
}

std::optional<Labels> Labels::fromKey(std::string_view key)
{
    Labels labels;
    while (!key.empty()) {
        Pair pair;
        for (std::string *part : {&pair.first, &pair.second}) {
            const auto size = takeVarint(key);
            if (!size || *size > key.size())
                return std::nullopt;
            part->assign(key.substr(0, *size));
            key.remove_prefix(*size);
        }
        if (pair.second.empty() || (!labels.m_pairs.empty() && labels.m_pairs.back().first >= pair.first))
            return std::nullopt;
        labels.m_pairs.push_back(std::move(pair));
    }
    return labels;
}

} // namespace plimsoll
