#pragma once

#include "ui/desktop/data/Feed.h"

#include <QTimer>
#include <QWidget>

#include <vector>

class QLabel;
class QTableWidget;

namespace plimsoll::desktop {

/// What a page of the window lists.
struct ListingRows
{
    struct Row
    {
        QStringList cells = {};
        const char *role = nullptr;    ///< "bad", "warn" or null: the colour of the second cell
        std::vector<double> bars = {}; ///< uptimes from 0 to 1, below 0 where nothing was looked at
        QString id = {};
    };

    QString sentence;
    std::vector<Row> rows;
};

/// A page that asks the API while it is shown and lists the answer in a table: one sentence, then rows. What
/// came last stays, greyed, while the server is away.
class Listing : public QWidget
{
    Q_OBJECT

public:
    static constexpr int everyMs = 15'000;

    enum class Kind { Health, Data, Endpoints, Costs };

    Listing(Feed &feed, Kind kind, QWidget *parent = nullptr);

    const QTableWidget &table() const { return *m_table; }
    QString sentence() const;

protected:
    void showEvent(QShowEvent *event) override;
    void hideEvent(QHideEvent *event) override;

private:
    void ask();
    void take(const ApiAnswer &answer);
    void askBars();
    void showRows(const ListingRows &rows);
    void showLink();

    Feed &m_feed;
    const Kind m_kind;
    QLabel *m_sentence;
    QTableWidget *m_table;
    QTimer m_timer;
    ListingRows m_rows;
};

} // namespace plimsoll::desktop
