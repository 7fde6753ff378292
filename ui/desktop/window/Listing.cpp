#include "ui/desktop/window/Listing.h"

#include "ui/desktop/look/Figure.h"
#include "ui/desktop/window/Label.h"

#include <QDateTime>
#include <QHeaderView>
#include <QJsonArray>
#include <QStyledItemDelegate>
#include <QTableWidget>
#include <QVBoxLayout>

namespace plimsoll::desktop {

namespace {

constexpr int rowHeight = 31;
constexpr int barsRole = Qt::UserRole + 1;
constexpr int barsShown = 30;
constexpr size_t checksWithBars = 50;
constexpr int barWidth = 4;
constexpr int barGap = 2;

/// Days as bars that differ in height and colour: up is low, down is high.
class BarsDelegate : public QStyledItemDelegate
{
public:
    using QStyledItemDelegate::QStyledItemDelegate;

    void paint(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const override
    {
        const QVariantList bars = index.data(barsRole).toList();
        if (bars.isEmpty())
            return QStyledItemDelegate::paint(painter, option, index);
        const Tokens &t = Theme::tokens();
        int x = option.rect.x() + 8;
        for (const QVariant &bar : bars) {
            const double up = bar.toDouble();
            const int height = up < 0 ? 4 : up >= 0.9995 ? 14 : up > 0.95 ? 18 : 24;
            const QColor colour = up < 0         ? t.border
                                  : up >= 0.9995 ? t.ok
                                  : up > 0.95    ? t.warnMark
                                                 : t.badMark;
            painter->fillRect(x, option.rect.bottom() - 3 - height, barWidth, height, colour);
            x += barWidth + barGap;
        }
    }
};

struct Shape
{
    QString path;
    QStringList columns;
    int words = 1; ///< so many columns at the left hold words, the others numbers
};

Shape shapeOf(Listing::Kind kind)
{
    switch (kind) {
    case Listing::Kind::Health:
        return {"/api/app/checks", {"Check", "State", "Target", "Last 30 days", "Answer"}, 4};
    case Listing::Kind::Data:
        return {"/api/app/inbox", {"Arrived", "Through", "What came last", "Taken", "Refused"}, 3};
    case Listing::Kind::Endpoints:
        return {"/metrics/endpoints",
                {"Method", "Route", "Requests", "p50", "p95", "p99", "Errors", "Share of time"},
                2};
    case Listing::Kind::Costs:
        return {
            "/metrics/costs", {"Provider", "Model", "For", "Calls", "Tokens in", "Tokens out", "Cost"}, 3};
    }
    return {};
}

QString number(double value) { return Figure::of(value, Unit::Plain).text(); }

QString milliseconds(const QJsonValue &value)
{
    return Figure::of(value.isDouble() ? std::optional(value.toDouble() / 1000) : std::nullopt, Unit::Seconds)
        .text();
}

QString counted(qsizetype count, const QString &one)
{
    return QString("%1 %2%3").arg(count).arg(one, count == 1 ? "" : "s");
}

/// Money to the cent, whatever its size.
QString money(const QJsonValue &value)
{
    return value.isDouble() ? '$' + QLocale(QLocale::English).toString(value.toDouble(), 'f', 2)
                            : QString("no price");
}

ListingRows readHealth(const QJsonArray &items)
{
    ListingRows out;
    QStringList down;
    for (const QJsonValue &check : items) {
        const QString state = check["state"].toString();
        const bool bad = state == "down";
        if (bad)
            down << check["name"].toString();
        out.rows.push_back({{check["name"].toString(), state, check["target"].toString(), "",
                             milliseconds(check["duration_ms"])},
                            bad                   ? "bad"
                            : state == "degraded" ? "warn"
                                                  : nullptr,
                            {},
                            check["id"].toString()});
    }
    if (items.isEmpty())
        out.sentence = "Nothing is being checked. Paste an address under Health in the browser.";
    else if (down.isEmpty())
        out.sentence = counted(items.size(), "check") + ", nothing is down";
    else
        out.sentence = down.join(", ") + (down.size() == 1 ? " is down" : " are down");
    return out;
}

ListingRows readData(const QJsonArray &items, const Vitals &vitals)
{
    ListingRows out;
    for (const QJsonValue &item : items) {
        const QJsonValue error = item["error"];
        const QString what = error.isObject() ? error["message"].toString()
                                              : item["sample"]["series"].toString() + " = " +
                                                    QString::number(item["sample"]["value"].toDouble());
        out.rows.push_back({{QDateTime::fromMSecsSinceEpoch(item["at_ms"].toInteger()).toString("HH:mm:ss"),
                             item["source"].toString(), what, number(item["accepted"].toDouble()),
                             number(item["rejected"].toDouble())}});
    }
    QStringList parts;
    if (vitals.samplesPerSecond)
        parts << number(std::round(*vitals.samplesPerSecond)) + " samples/s";
    if (vitals.daysLeft)
        parts << number(std::floor(*vitals.daysLeft)) + " days of disk left";
    else if (vitals.diskFreeBytes)
        parts << Figure::of(*vitals.diskFreeBytes, Unit::Bytes).text() + " of disk free";
    out.sentence = items.isEmpty() ? "Nothing has arrived yet" : parts.join(", ");
    return out;
}

ListingRows readEndpoints(const QJsonArray &items)
{
    ListingRows out;
    for (const QJsonValue &route : items) {
        const double errors = route["error_rate"].toDouble();
        out.rows.push_back(
            {{route["method"].toString(), route["route"].toString(), number(route["count"].toDouble()),
              milliseconds(route["p50"]), milliseconds(route["p95"]), milliseconds(route["p99"]),
              Figure::of(errors, Unit::Ratio).text(),
              Figure::of(route["time_share"].toDouble(), Unit::Ratio).text()}});
    }
    out.sentence = items.isEmpty() ? QString("No requests in the last 24 h")
                                   : counted(items.size(), "route") + " in the last 24 h, busiest first";
    return out;
}

ListingRows readCosts(const QJsonObject &body)
{
    ListingRows out;
    const QJsonArray items = body["by"].toArray();
    for (const QJsonValue &row : items) {
        const QJsonValue tokens = row["tokens"];
        out.rows.push_back({{row["provider"].toString(), row["model"].toString(), row["endpoint"].toString(),
                             number(row["calls"].toDouble()), number(tokens["input"].toDouble()),
                             number(tokens["output"].toDouble()), money(row["cost"])}});
    }
    const qint64 unpriced = body["unpriced_calls"].toInteger();
    out.sentence = items.isEmpty()
                       ? QString("No LLM calls in the last 24 h")
                       : money(body["total"]) + " in the last 24 h" +
                             (unpriced ? ", " + counted(unpriced, "call") + " without a price" : QString());
    return out;
}

} // namespace

Listing::Listing(Feed &feed, Kind kind, QWidget *parent)
    : QWidget(parent)
    , m_feed(feed)
    , m_kind(kind)
    , m_sentence(makeLabel(20, QFont::DemiBold))
    , m_table(new QTableWidget)
{
    const Shape shape = shapeOf(kind);
    m_table->setColumnCount(int(shape.columns.size()));
    m_table->setHorizontalHeaderLabels(shape.columns);
    m_table->setFont(Theme::font(13));
    m_table->setShowGrid(false);
    m_table->setEditTriggers(QAbstractItemView::NoEditTriggers);
    m_table->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_table->setFrameShape(QFrame::NoFrame);
    m_table->setAccessibleName(shape.columns.first());
    m_table->verticalHeader()->hide();
    m_table->verticalHeader()->setDefaultSectionSize(rowHeight);
    m_table->horizontalHeader()->setFont(Theme::font(12));
    m_table->horizontalHeader()->setHighlightSections(false);
    m_table->horizontalHeader()->setSectionResizeMode(QHeaderView::ResizeToContents);
    m_table->horizontalHeader()->setSectionResizeMode(shape.words > 1 && kind != Kind::Endpoints ? 2 : 1,
                                                      QHeaderView::Stretch);
    if (kind == Kind::Health) {
        m_table->setItemDelegateForColumn(3, new BarsDelegate(m_table));
        m_table->horizontalHeader()->setSectionResizeMode(3, QHeaderView::Fixed);
        m_table->setColumnWidth(3, barsShown * (barWidth + barGap) + 20);
    }
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(24, 8, 24, 20);
    column->setSpacing(12);
    column->addWidget(m_sentence);
    column->addWidget(m_table, 1);
    connect(&m_timer, &QTimer::timeout, this, &Listing::ask);
    connect(&feed, &Feed::linkChanged, this, &Listing::showLink);
}

QString Listing::sentence() const { return m_sentence->text(); }

void Listing::showEvent(QShowEvent *event)
{
    QWidget::showEvent(event);
    m_timer.start(everyMs);
    ask();
}

void Listing::hideEvent(QHideEvent *event)
{
    QWidget::hideEvent(event);
    m_timer.stop();
}

void Listing::ask()
{
    QUrlQuery query;
    if (m_kind == Kind::Data)
        query.addQueryItem("limit", "60");
    m_feed.api().get(shapeOf(m_kind).path, query, this, [this](const ApiAnswer &answer) { take(answer); });
}

void Listing::take(const ApiAnswer &answer)
{
    if (!answer.ok()) {
        if (m_rows.rows.empty())
            m_sentence->setText(answer.error);
        return;
    }
    const QJsonArray items = answer.body["items"].toArray();
    switch (m_kind) {
    case Kind::Health:
        showRows(readHealth(items));
        return askBars();
    case Kind::Data:
        return showRows(readData(items, m_feed.vitals()));
    case Kind::Endpoints:
        return showRows(readEndpoints(answer.body["endpoints"].toArray()));
    case Kind::Costs:
        return showRows(readCosts(answer.body));
    }
}

void Listing::askBars()
{
    for (size_t i = 0; i < std::min(m_rows.rows.size(), checksWithBars); i++) {
        const QString id = m_rows.rows[i].id;
        m_feed.api().get(
            "/api/app/checks/" + id + "/uptime", {}, this, [this, i, id](const ApiAnswer &answer) {
                if (!answer.ok() || i >= m_rows.rows.size() || m_rows.rows[i].id != id)
                    return;
                const QJsonArray days = answer.body["days"].toArray();
                QVariantList bars;
                for (qsizetype at = std::max<qsizetype>(0, days.size() - barsShown); at < days.size(); at++)
                    bars << days[at]["uptime"].toDouble(-1);
                if (QTableWidgetItem *cell = m_table->item(int(i), 3))
                    cell->setData(barsRole, bars);
            });
    }
}

void Listing::showRows(const ListingRows &rows)
{
    m_rows = rows;
    const int words = shapeOf(m_kind).words;
    m_sentence->setText(rows.sentence);
    m_table->setVisible(!rows.rows.empty());
    m_table->setRowCount(int(rows.rows.size()));
    const Tokens &t = Theme::tokens();
    for (int row = 0; row < int(rows.rows.size()); row++) {
        const ListingRows::Row &shown = rows.rows[size_t(row)];
        for (int column = 0; column < int(shown.cells.size()); column++) {
            auto *cell = new QTableWidgetItem(shown.cells[column]);
            const Qt::Alignment side = column < words ? Qt::AlignLeft : Qt::AlignRight;
            cell->setTextAlignment(side | Qt::AlignVCenter);
            cell->setToolTip(column < words ? shown.cells[column] : QString());
            if (column == 1 && shown.role)
                cell->setForeground(QByteArray(shown.role) == "bad" ? t.bad : t.warn);
            m_table->setItem(row, column, cell);
        }
    }
    for (int column = 0; column < m_table->columnCount(); column++) {
        const Qt::Alignment side = column < words ? Qt::AlignLeft : Qt::AlignRight;
        m_table->horizontalHeaderItem(column)->setTextAlignment(side | Qt::AlignVCenter);
    }
    showLink();
}

/// What came last stays readable while nothing answers, and looks like it.
void Listing::showLink() { m_table->setEnabled(m_feed.link() != Link::Offline); }

} // namespace plimsoll::desktop
