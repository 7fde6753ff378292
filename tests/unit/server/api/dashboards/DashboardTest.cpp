#include "server/api/dashboards/Dashboard.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QTest>

using namespace plimsoll;
using namespace plimsoll::api;

namespace {

/// JSON with ' for ".
QJsonObject objectOf(QByteArray json)
{
    json.replace('\'', '"');
    QJsonParseError failure;
    const QJsonDocument document = QJsonDocument::fromJson(json, &failure);
    if (failure.error != QJsonParseError::NoError)
        qFatal("%s: %s", qPrintable(failure.errorString()), json.constData());
    return document.object();
}

/// A dashboard with one panel of these fields.
QJsonObject withPanel(const QByteArray &panel)
{
    return objectOf("{\"title\":\"T\",\"panels\":[{\"title\":\"Fine\"}," + panel + "]}");
}

QJsonArray many(int count, const QJsonValue &value)
{
    QJsonArray out;
    for (int i = 0; i < count; i++)
        out.append(value);
    return out;
}

} // namespace

class DashboardTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void fillsInWhatIsLeftOut()
    {
        const auto checked = checkedDashboard(
            objectOf("{'title':' Shop "
                     "','odd':1,'panels':[{'queries':[{'expr':'up'}]},{'id':'p1','grid':{'w':3,'x':9}}]}"));
        QVERIFY2(checked.ok(), checked ? "" : checked.error().message.c_str());
        QCOMPARE(
            *checked,
            objectOf("{'title':'Shop','description':'','variables':[],'range':'24h','refresh':'live','pinned'"
                     ":false,'panels':[{'id':'p2','title':'','kind':'line','unit':'','queries':[{'expr':'up',"
                     "'legend':''}],'grid':{'x':0,'y':0,'w':6,'h':8},'thresholds':[],'min':null,'max':null,'"
                     "stacked':false},{'id':'p1','title':'','kind':'line','unit':'','queries':[],'grid':{'x':"
                     "9,'y':8,'w':3,'h':8},'thresholds':[],'min':null,'max':null,'stacked':false}]}"));
        QCOMPARE(*checkedDashboard(*checked), *checked);
    }

    void saysWhatIsWrong_data()
    {
        QTest::addColumn<QJsonObject>("dashboard");
        QTest::addColumn<QString>("message");
        const auto row = [](const char *name, const QJsonObject &dashboard, const char *message) {
            QTest::newRow(name) << dashboard << QString::fromUtf8(message);
        };
        row("no title", {}, "`title` must be a text that is not empty.");
        row("title of spaces", {{"title", "  "}}, "`title` must be a text that is not empty.");
        row("long title", {{"title", QString(201, u'x')}}, "`title` must be a text of at most 200 bytes.");
        row("range", {{"title", "T"}, {"range", "1m"}}, "`range` must be a length of time from 5m to 10y.");
        row("refresh", {{"title", "T"}, {"refresh", "1s"}},
            "`refresh` must be live, off, or a length of time of at least 5s.");
        row("pinned", {{"title", "T"}, {"pinned", "yes"}}, "`pinned` must be true or false.");
        row("panels", {{"title", "T"}, {"panels", 7}}, "`panels` must be a list.");
        row("panel", {{"title", "T"}, {"panels", QJsonArray{7}}}, "`panels` must be a list of objects.");
        row("many panels", {{"title", "T"}, {"panels", many(101, QJsonObject())}},
            "`panels` has 101 entries; the limit is 100.");
        row("kind", withPanel("{'kind':'pie'}"),
            "Panel 2: `kind` must be one of line, area, bar, stat, gauge, table, heatmap.");
        row("grid", withPanel("{'title':'Errors','grid':{'w':13}}"),
            "Panel 2, \"Errors\", grid: `w` must be a whole number from 1 to 12.");
        row("half a column", withPanel("{'grid':{'x':1.5}}"),
            "Panel 2, grid: `x` must be a whole number from 0 to 11.");
        row("beyond the grid", withPanel("{'grid':{'x':8,'w':5}}"),
            "Panel 2, grid: `x` and `w` go beyond the 12 columns.");
        row("one id twice", objectOf("{'title':'T','panels':[{'id':'a'},{'id':'a'}]}"),
            "Panel 2: `id` \"a\" is another panel's too.");
        row("odd id", withPanel("{'id':'a b'}"), "Panel 2: `id` must be 1 to 64 of A-Z a-z 0-9 _ -.");
        row("threshold", withPanel("{'thresholds':[{'value':'9'}]}"),
            "Panel 2, threshold 1: `value` must be a number.");
        row("severity", withPanel("{'thresholds':[{'value':9,'severity':'bad'}]}"),
            "Panel 2, threshold 1: `severity` must be one of warning, critical.");
        row("op", withPanel("{'thresholds':[{'value':9,'op':'>='}]}"),
            "Panel 2, threshold 1: `op` must be one of >, <.");
        row("min", withPanel("{'min':'0'}"), "Panel 2: `min` must be a number or null.");
        row("no expression", withPanel("{'queries':[{'legend':'x'}]}"),
            "Panel 2, query 1: `expr` must be PromQL; it is empty.");
        row("wrong expression", withPanel("{'title':'Errors','queries':[{'expr':'up'},{'expr':'sum(up'}]}"),
            "Panel 2, \"Errors\": query 2 is not PromQL: 1:7: parse error: unclosed left parenthesis");
        row("variable", objectOf("{'title':'T','variables':[{'name':'9','options':['a']}]}"),
            "Variable 1, \"9\": `name` must be made of A-Z a-z 0-9 _, not beginning with a digit or __.");
        row("our own variable", objectOf("{'title':'T','variables':[{'name':'__range','options':['a']}]}"),
            "Variable 1, \"__range\": `name` must be made of A-Z a-z 0-9 _, not beginning with a digit or "
            "__.");
        row("variable twice",
            objectOf("{'title':'T','variables':[{'name':'a','options':['a']},{'name':'a','options':['a']}]}"),
            "Variable 2, \"a\": there are two of this name.");
        row("variable of nothing", objectOf("{'title':'T','variables':[{'name':'a'}]}"),
            "Variable 1, \"a\": it needs either `label_name` or `options`.");
        row("variable of both",
            objectOf("{'title':'T','variables':[{'name':'a','label_name':'b','options':['c']}]}"),
            "Variable 1, \"a\": it needs either `label_name` or `options`.");
        row("selector", objectOf("{'title':'T','variables':[{'name':'a','label_name':'b','metric':'up{'}]}"),
            "Variable 1, \"a\": `metric` selects nothing: 1:4: parse error: unexpected end of input inside "
            "braces");
        row("several values",
            objectOf("{'title':'T','variables':[{'name':'a','options':['b'],'value':['b','c']}]}"),
            "Variable 1, \"a\": `value` must be one text where `all` is false.");
        row("large",
            {{"title", "T"},
             {"panels",
              many(100,
                   QJsonObject{{"queries", many(2, QJsonObject{{"expr", "up" + QString(6'000, u' ')}})}})}},
            "The dashboard has 1220179 bytes; the limit is 1000000.");
    }
    void saysWhatIsWrong()
    {
        QFETCH(QJsonObject, dashboard);
        QFETCH(QString, message);
        const auto checked = checkedDashboard(dashboard);
        QVERIFY(!checked);
        QCOMPARE(QString::fromStdString(checked.error().message), message);
        QCOMPARE(checked.error().code, ErrorCode::Unprocessable);
    }

    void keepsAMarkOnlyWhileItIsTrue()
    {
        const QJsonObject marked =
            withPanel("{'queries':[{'expr':'up','broken':'was'},{'expr':'sum(','broken':'was'}]}");
        const auto checked = checkedDashboard(marked);
        QVERIFY(checked.ok());
        const QJsonArray queries = checked->value("panels").toArray()[1].toObject()["queries"].toArray();
        QVERIFY(!queries[0].toObject().contains("broken"));
        QVERIFY(queries[1]["broken"].toString().startsWith(u"1:5: parse error"));
    }

    void tellsShapeAndMetrics()
    {
        const auto checked = checkedDashboard(objectOf(
            "{'title':'T','variables':[{'name':'h','options':['a']}],'panels':[{'kind':'stat','queries':[{'"
            "expr':'b{h=\\'$h\\'}'},{'expr':'a + c'}],'grid':{'x':6,'y':2,'w':3,'h':4}}]}"));
        QVERIFY(checked.ok());
        QCOMPARE(metricsOf(*checked), (QJsonArray{"a", "b", "c"}));
        QCOMPARE(shapeOf(*checked),
                 (QJsonArray{QJsonObject{{"kind", "stat"}, {"x", 6}, {"y", 2}, {"w", 3}, {"h", 4}}}));
    }

    void panelsFlowDown()
    {
        const auto panel = [](const char *id, int x, int y, int w, int h) {
            return QJsonObject{{"id", id}, {"grid", QJsonObject{{"x", x}, {"y", y}, {"w", w}, {"h", h}}}};
        };
        const QJsonArray flowed = withoutOverlaps({panel("c", 0, 2, 12, 3), panel("a", 0, 0, 6, 4),
                                                   panel("b", 6, 0, 6, 2), panel("d", 3, 2, 3, 1)});
        QString places;
        for (const QJsonValue &one : flowed)
            places += one["id"].toString() + QString::number(one["grid"]["y"].toInt()) + ' ';
        QCOMPARE(places, QString("a0 b0 c4 d7 "));
    }
};

QTEST_APPLESS_MAIN(DashboardTest)
#include "DashboardTest.moc"
