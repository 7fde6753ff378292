#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace plimsoll {

/// The label that carries the metric's name, as in Prometheus.
inline constexpr std::string_view nameLabel = "__name__";

/// A set of labels, sorted by name in byte order, without empty values (an empty value means "not there", as
/// in Prometheus) and without repeated names. The metric name is the label `__name__`. Values are UTF-8.
///
/// A copy shares what it was copied from until one of them is changed: it costs no more than a pointer.
/// Copies may be used and changed by different threads.
class Labels
{
public:
    using Pair = std::pair<std::string, std::string>;

    Labels() = default;
    Labels(std::initializer_list<Pair> pairs);
    /// Sorts, drops empty values; of a repeated name the last wins.
    explicit Labels(std::vector<Pair> pairs);

    std::string_view name() const { return value(nameLabel); }
    /// The value of a label, empty where it is not there.
    std::string_view value(std::string_view name) const;
    bool contains(std::string_view name) const { return !value(name).empty(); }

    /// Sets or, with an empty value, removes a label.
    void set(std::string_view name, std::string_view value);
    void remove(std::string_view name) { set(name, {}); }

    const std::vector<Pair> &pairs() const { return m_pairs ? *m_pairs : noPairs; }
    auto begin() const { return pairs().begin(); }
    auto end() const { return pairs().end(); }
    bool empty() const { return pairs().empty(); }
    size_t size() const { return pairs().size(); }

    /// For people: `name{a="b",c="d"}`, with values quoted as in the text exposition.
    std::string toString() const;

    /// The canonical bytes of this set: for each label LEB128 length and bytes of the name, then of the
    /// value, in order. Equal sets have equal keys; the key is what the journal and the catalogue store.
    std::string key() const;
    static std::optional<Labels> fromKey(std::string_view key);

    bool operator==(const Labels &other) const
    {
        return m_pairs == other.m_pairs || pairs() == other.pairs();
    }
    auto operator<=>(const Labels &other) const { return pairs() <=> other.pairs(); }

private:
    static const std::vector<Pair> noPairs;

    std::vector<Pair> &own();

    std::shared_ptr<std::vector<Pair>> m_pairs; ///< null: none; changed only where nobody shares it
};

/// Quotes a label value for the text exposition: backslash, double quote and line feed are escaped.
std::string quoteLabelValue(std::string_view value);

} // namespace plimsoll
