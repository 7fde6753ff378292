#pragma once

#include "storage/model/Result.h"

#include <QJsonArray>
#include <QJsonObject>

#include <algorithm>
#include <charconv>
#include <string>
#include <utility>
#include <vector>

namespace plimsoll::alerts {

/// What part of a list is asked for.
struct PageRequest
{
    size_t limit = 100;
    std::string cursor; ///< empty for the first page; otherwise `next_cursor` of the page before

    static constexpr size_t maxLimit = 500;
};

/// Cuts lists into pages. An item stands at (time, id), so a cursor stays right while items come and go.
class Pager
{
public:
    using Place = std::pair<int64_t, std::string>;
    enum class Order { OldestFirst, NewestFirst };

    static Result<Pager> open(const PageRequest &request, Order order)
    {
        Pager pager(std::clamp<size_t>(request.limit, 1, PageRequest::maxLimit), order);
        if (request.cursor.empty())
            return pager;
        const char *end = request.cursor.data() + request.cursor.size();
        const auto [rest, failure] = std::from_chars(request.cursor.data(), end, pager.m_after.first);
        if (failure != std::errc() || rest == end || *rest != '.')
            return Error{ErrorCode::Invalid, "`cursor` is not one that this list gave out.",
                         "Leave it out to begin with the first page."};
        pager.m_after.second.assign(rest + 1, end);
        pager.m_begun = true;
        return pager;
    }

    /// True where an item at `place` belongs on the page or after it.
    bool covers(const Place &place) const
    {
        return !m_begun || (m_order == Order::OldestFirst ? place > m_after : place < m_after);
    }

    /// The page: `{"items":[…],"next_cursor"}`. `toJson` is called for the items of the page only.
    template<typename Item, typename ToJson>
    QJsonObject cut(std::vector<std::pair<Place, Item>> items, ToJson toJson) const
    {
        std::erase_if(items, [this](const auto &item) { return !covers(item.first); });
        std::sort(items.begin(), items.end(), [this](const auto &a, const auto &b) {
            return m_order == Order::OldestFirst ? a.first < b.first : b.first < a.first;
        });
        QJsonArray shown;
        for (size_t i = 0; i < std::min(items.size(), m_limit); i++)
            shown.append(toJson(items[i].second));
        QJsonValue next;
        if (items.size() > m_limit) {
            const Place &last = items[m_limit - 1].first;
            next = QString::fromStdString(std::to_string(last.first) + "." + last.second);
        }
        return {{"items", shown}, {"next_cursor", next}};
    }

private:
    Pager(size_t limit, Order order)
        : m_limit(limit)
        , m_order(order)
    {
    }

    size_t m_limit;
    Order m_order;
    bool m_begun = false;
    Place m_after;
};

} // namespace plimsoll::alerts
