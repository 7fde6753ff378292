#include "ui/desktop/data/EventParser.h"

#include <QTest>

using namespace plimsoll::desktop;

class EventParserTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void readsEventsInPiecesOfAnySize()
    {
        const QByteArray stream =
            ": hi\n\nevent: sample\ndata: {\"a\":1}\n\nid: 7\r\ndata:one\r\ndata: two\r\n\r\nevent: x\n\n";
        for (qsizetype size = 1; size <= stream.size(); size++) {
            EventParser parser;
            std::vector<EventParser::Event> events;
            for (qsizetype at = 0; at < stream.size(); at += size) {
                for (auto &event : parser.feed(stream.mid(at, size)))
                    events.push_back(event);
            }
            QCOMPARE(events.size(), size_t(2));
            QCOMPARE(events[0].name, QByteArray("sample"));
            QCOMPARE(events[0].data, QByteArray("{\"a\":1}"));
            QCOMPARE(events[1].name, QByteArray("message"));
            QCOMPARE(events[1].data, QByteArray("one\ntwo"));
        }
    }

    void dropsWhatGrowsWithoutEnd()
    {
        EventParser parser;
        QVERIFY(parser.feed("data: " + QByteArray(EventParser::maxEventBytes + 10, 'x')).empty());
        QVERIFY(parser.feed("\n\n").empty());
        const auto events = parser.feed("data: again\n\n");
        QCOMPARE(events.size(), size_t(1));
        QCOMPARE(events[0].data, QByteArray("again"));
    }

    void dropsAnEventOfTooManyLines()
    {
        EventParser parser;
        const QByteArray line = "data: " + QByteArray(1000, 'x') + '\n';
        for (qsizetype bytes = 0; bytes < EventParser::maxEventBytes + 2000; bytes += 1000)
            QVERIFY(parser.feed(line).empty());
        QVERIFY(parser.feed("\n").empty());
        QCOMPARE(parser.feed("data: again\n\n").size(), size_t(1));
    }
};

QTEST_GUILESS_MAIN(EventParserTest)
#include "EventParserTest.moc"
