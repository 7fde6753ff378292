#include "server/api/dashboards/DashboardImport.h"

#include "server/api/dashboards/Dashboard.h"

#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QTest>

#include <set>

using namespace plimsoll;
using namespace plimsoll::api;

namespace {

QByteArray fixture(const char *name)
{
    QFile file(qEnvironmentVariable("PLIMSOLL_SOURCE_DIR") + "/tests/support/grafana/" + name);
    if (!file.open(QIODevice::ReadOnly))
        qFatal("%s: %s", qPrintable(file.fileName()), qPrintable(file.errorString()));
    return file.readAll();
}

/// JSON that was written with ' for ".
QByteArray quoted(QByteArray text) { return text.replace('\'', '"'); }

/// A dashboard of Grafana with these members beside its title.
QByteArray dashboardWith(const QByteArray &members)
{
    return quoted("{'title':'G','schemaVersion':39," + members + '}');
}

/// One with a panel that asks `up`, and these members.
QByteArray withPanel(const QByteArray &members)
{
    return dashboardWith("'panels':[{'title':'P','targets':[{'refId':'A','expr':'up'}]," + members + "}]");
}

QByteArray withVariable(const QByteArray &members)
{
    return dashboardWith("'templating':{'list':[{'name':'v'," + members + "}]},'panels':[]");
}

QByteArray bytesOf(const QJsonValue &value)
{
    if (value.isObject())
        return QJsonDocument(value.toObject()).toJson(QJsonDocument::Compact);
    if (value.isArray())
        return QJsonDocument(value.toArray()).toJson(QJsonDocument::Compact);
    return value.toVariant().toString().toUtf8();
}

QString notesOf(const QJsonValue &row)
{
    QStringList notes;
    const QJsonArray given = row["notes"].toArray();
    for (const QJsonValue &note : given)
        notes << note.toString();
    return notes.join(' ');
}

/// No two panels of a dashboard may cover each other.
bool overlaps(const QJsonArray &panels)
{
    std::set<std::pair<int, int>> cells;
    for (const QJsonValue &panel : panels) {
        const QJsonValue grid = panel["grid"];
        for (int x = 0; x < grid["w"].toInt(); x++) {
            for (int y = 0; y < grid["h"].toInt(); y++) {
                if (!cells.insert({grid["x"].toInt() + x, grid["y"].toInt() + y}).second)
                    return true;
            }
        }
    }
    return false;
}

QJsonValue rowTitled(const QJsonObject &report, const QString &title)
{
    const QJsonArray rows = report["panels"].toArray();
    for (const QJsonValue &row : rows) {
        if (row["title"].toString() == title)
            return row;
    }
    return {};
}

QJsonValue panelTitled(const QJsonObject &dashboard, const QString &title)
{
    const QJsonArray panels = dashboard["panels"].toArray();
    for (const QJsonValue &panel : panels) {
        if (panel["title"].toString() == title)
            return panel;
    }
    return {};
}

} // namespace

class GrafanaImportTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void panels_data()
    {
        QTest::addColumn<QByteArray>("json");
        QTest::addColumn<QString>("kind"); ///< empty: left out
        QTest::addColumn<QString>("result");
        QTest::addColumn<QString>("part"); ///< of the notes
        const auto row = [](const char *name, const char *members, const char *kind, const char *result,
                            const char *part = "") {
            QTest::newRow(name) << withPanel(members) << QString(kind) << QString(result)
                                << QString::fromUtf8(part);
        };
        row("timeseries", "'type':'timeseries'", "line", "whole");
        row("graph", "'type':'graph'", "line", "whole");
        row("stat", "'type':'stat'", "stat", "whole");
        row("singlestat", "'type':'singlestat'", "stat", "whole");
        row("singlestat as a gauge", "'type':'singlestat','gauge':{'show':true}", "gauge", "whole");
        row("gauge", "'type':'gauge'", "gauge", "whole");
        row("bargauge", "'type':'bargauge'", "gauge", "whole");
        row("table", "'type':'table'", "table", "whole");
        row("old table", "'type':'table-old','styles':[{'type':'date'}]", "table", "partly", "styles");
        row("heatmap", "'type':'heatmap'", "heatmap", "whole");
        row("barchart", "'type':'barchart'", "bar", "whole");
        row("piechart", "'type':'piechart'", "bar", "partly", "no pies");
        row("state timeline", "'type':'state-timeline'", "line", "partly", "Shown as lines");
        row("bars", "'type':'timeseries','fieldConfig':{'defaults':{'custom':{'drawStyle':'bars'}}}", "bar",
            "whole");
        row("points", "'type':'timeseries','fieldConfig':{'defaults':{'custom':{'drawStyle':'points'}}}",
            "line", "partly", "Points are drawn as lines");
        row("area", "'type':'timeseries','fieldConfig':{'defaults':{'custom':{'fillOpacity':30}}}", "area",
            "whole");
        row("percent stacking",
            "'type':'timeseries','fieldConfig':{'defaults':{'custom':{'stacking':{'mode':'percent'}}}}",
            "area", "partly", "not as parts of a hundred");
        row("logarithmic",
            "'type':'timeseries','fieldConfig':{'defaults':{'custom':{'scaleDistribution':{'type':'log'}}}}",
            "line", "partly", "not logarithmic");
        row("old bars", "'type':'graph','bars':true,'stack':true", "bar", "whole");
        row("old histogram", "'type':'graph','xaxis':{'mode':'histogram'}", "line", "partly", "over time");
        row("overrides", "'type':'timeseries','fieldConfig':{'overrides':[{},{}]}", "line", "partly",
            "2 settings for single series are not kept.");
        row("transformations", "'type':'table','transformations':[{'id':'merge'},{'id':'organize'}]", "table",
            "partly", "merge and organize");
        row("mappings", "'type':'stat','fieldConfig':{'defaults':{'mappings':[{'type':'value'}]}}", "stat",
            "partly", "Words in the place of values");
        row("mean", "'type':'stat','options':{'reduceOptions':{'calcs':['mean']}}", "stat", "partly",
            "not the mean of the range");
        row("decimals", "'type':'stat','fieldConfig':{'defaults':{'decimals':2}}", "stat", "whole",
            "decimals");
        row("repeat", "'type':'timeseries','repeat':'host'", "line", "partly", "repeated for each $host");
        row("own time", "'type':'timeseries','timeFrom':'1h'", "line", "partly", "Its own time range");
        row("alarm", "'type':'graph','alert':{'name':'x'}", "line", "whole", "set one under Alerts");
        row("unknown unit", "'type':'stat','fieldConfig':{'defaults':{'unit':'furlongs'}}", "stat", "partly",
            "The unit furlongs is not known here");
        row("text", "'type':'text'", "", "left_out", "Texts have no place here.");
        row("dashlist", "'type':'dashlist'", "", "left_out", "sidebar");
        row("logs", "'type':'logs'", "", "left_out", "no logs");
        row("map", "'type':'geomap'", "", "left_out", "no maps");
        row("foreign kind", "'type':'acme-radar-panel'", "", "left_out", "no panel like acme-radar-panel");
        row("no kind", "'id':3", "", "left_out", "It says no kind.");
        row("kind of another type", "'type':7", "", "left_out", "It says no kind.");
        row("library", "'type':'timeseries','targets':[],'libraryPanel':{'uid':'x'}", "", "left_out",
            "library");
        row("no queries", "'type':'timeseries','targets':[]", "", "left_out", "No query of it");
        row("Loki", "'type':'timeseries','datasource':{'type':'loki','uid':'a'}", "", "left_out",
            "asks loki");
        row("Loki by name", "'type':'graph','datasource':'My Loki'", "", "left_out", "asks loki");
        row("Mimir", "'type':'timeseries','datasource':{'type':'grafana-mimir-datasource'}", "line", "whole");
        row("nobody knows", "'type':'timeseries','datasource':'prod'", "line", "whole");
        row("SQL",
            "'type':'timeseries','targets':[{'refId':'A','rawSql':'select 1','datasource':{'type':'mysql'}}]",
            "", "left_out", "Query A asks mysql");
        row("expression",
            "'type':'timeseries','targets':[{'refId':'A','expr':'up'},{'refId':'B','datasource':{'type':'__"
            "expr__'},'expression':'$A*2'}]",
            "line", "partly", "Query B is an expression");
        row("hidden",
            "'type':'timeseries','targets':[{'refId':'A','expr':'up'},{'refId':'B','expr':'down','hide':true}"
            "]",
            "line", "whole", "Query B was hidden");
        row("not PromQL", "'type':'timeseries','targets':[{'refId':'A','expr':'sum('}]", "line", "partly",
            "Query 1 is kept, but does not parse: 1:5: parse error");
        row("lists of variables",
            "'type':'timeseries','targets':[{'refId':'A','expr':'up{a=~\\'${v:csv}\\'}'}]", "line", "partly",
            "not as csv");
    }
    void panels()
    {
        QFETCH(QByteArray, json);
        QFETCH(QString, kind);
        QFETCH(QString, result);
        QFETCH(QString, part);
        const auto read = importedDashboard(json);
        QVERIFY2(read.ok(), read ? "" : read.error().message.c_str());
        const QJsonValue row = read->report["panels"][0];
        QCOMPARE(row["result"].toString(), result);
        QCOMPARE(row["kind"].toString(), kind);
        QVERIFY2(notesOf(row).contains(part), qPrintable(notesOf(row)));
        QVERIFY(result != u"left_out" || !notesOf(row).isEmpty());
        const QJsonArray panels = read->dashboard["panels"].toArray();
        QCOMPARE(panels.size(), kind.isEmpty() ? 0 : 1);
        if (!kind.isEmpty())
            QCOMPARE(panels[0]["kind"].toString(), kind);
    }

    /// What a panel becomes, by one of its fields.
    void fields_data()
    {
        QTest::addColumn<QByteArray>("json");
        QTest::addColumn<QString>("field");
        QTest::addColumn<QByteArray>("expected");
        const auto row = [](const char *name, const char *members, const char *field, const char *expected) {
            QTest::newRow(name) << withPanel(members) << QString(field) << quoted(expected);
        };
        row("unit", "'type':'timeseries','fieldConfig':{'defaults':{'unit':'percentunit'}}", "unit", "ratio");
        row("rate", "'type':'timeseries','fieldConfig':{'defaults':{'unit':'Bps'}}", "unit", "bytes/s");
        row("requests", "'type':'stat','fieldConfig':{'defaults':{'unit':'reqps'}}", "unit", "count/s");
        row("unit of a graph", "'type':'graph','yaxes':[{'format':'ms'}]", "unit", "milliseconds");
        row("unit of a number", "'type':'singlestat','format':'decbytes'", "unit", "bytes");
        row("unit of a heatmap", "'type':'heatmap','yAxis':{'format':'s'}", "unit", "seconds");
        row("no unit", "'type':'stat'", "unit", "");
        row("bounds", "'type':'gauge','fieldConfig':{'defaults':{'min':1,'max':'2'}}", "max", "2");
        row("bounds of a graph", "'type':'graph','yaxes':[{'min':'0.5','max':null}]", "min", "0.5");
        row("stacked",
            "'type':'timeseries','fieldConfig':{'defaults':{'custom':{'stacking':{'mode':'normal'}}}}",
            "stacked", "true");
        row("grid", "'type':'stat','gridPos':{'x':6,'y':3,'w':6,'h':4}", "grid", "{'h':4,'w':3,'x':3,'y':0}");
        row("odd grid", "'type':'stat','gridPos':{'x':5,'y':0,'w':5,'h':4}", "grid",
            "{'h':4,'w':2,'x':3,'y':0}");
        row("mad grid", "'type':'stat','gridPos':{'x':-9e99,'y':1e300,'w':'x','h':1e9}", "grid",
            "{'h':40,'w':1,'x':0,'y':0}");
        row("thresholds",
            "'type':'stat','fieldConfig':{'defaults':{'thresholds':{'steps':[{'color':'green','value':null},{"
            "'color':'semi-dark-orange','value':70},{'color':'#F2495C','value':90}]}}}",
            "thresholds",
            "[{'op':'>','severity':'warning','value':70},{'op':'>','severity':'critical','value':90}]");
        row("thresholds that are not drawn",
            "'type':'timeseries','fieldConfig':{'defaults':{'thresholds':{'steps':[{'color':'green','value':"
            "null},{'color':'red','value':80}]}}}",
            "thresholds", "[]");
        row("thresholds in percent",
            "'type':'gauge','fieldConfig':{'defaults':{'min':0,'max':50,'thresholds':{'mode':'percentage','"
            "steps':[{'color':'green','value':null},{'color':'red','value':80}]}}}",
            "thresholds", "[{'op':'>','severity':'critical','value':40}]");
        row("thresholds of what is bad when low",
            "'type':'stat','fieldConfig':{'defaults':{'thresholds':{'steps':[{'color':'red','value':null},{"
            "'color':'orange','value':5},{'color':'green','value':10}]}}}",
            "thresholds",
            "[{'op':'<','severity':'critical','value':5},{'op':'<','severity':'warning','value':10}]");
        row("thresholds on both sides",
            "'type':'stat','fieldConfig':{'defaults':{'thresholds':{'steps':[{'color':'red','value':null},{"
            "'color':'green','value':5},{'color':'red','value':90}]}}}",
            "thresholds",
            "[{'op':'<','severity':'critical','value':5},{'op':'>','severity':'critical','value':90}]");
        row("a low threshold of a graph",
            "'type':'graph','thresholds':[{'value':5,'op':'lt','colorMode':'critical'}]", "thresholds",
            "[{'op':'<','severity':'critical','value':5}]");
        row("thresholds of a graph",
            "'type':'graph','thresholds':[{'value':5,'op':'gt','colorMode':'critical'}]", "thresholds",
            "[{'op':'>','severity':'critical','value':5}]");
        row("thresholds of a number",
            "'type':'singlestat','thresholds':'50,80','colorValue':true,'colors':['#299c46','rgba(237, 129, "
            "40, 0.89)','#d44a3a']",
            "thresholds",
            "[{'op':'>','severity':'warning','value':50},{'op':'>','severity':'critical','value':80}]");
        row("legend", "'type':'timeseries','targets':[{'expr':'up','legendFormat':'{{host}} [[x]]'}]",
            "queries", "[{'expr':'up','legend':'{{host}} ${x}'}]");
        row("legend of Grafana's making",
            "'type':'timeseries','targets':[{'expr':'up','legendFormat':'__auto'}]", "queries",
            "[{'expr':'up','legend':''}]");
        row("variables",
            "'type':'timeseries','targets':[{'expr':'rate(x{a=~\\'[[a]]\\',b=~\\'${b:regex}\\'}[$__rate_"
            "interval])'}]",
            "queries", "[{'expr':'rate(x{a=~\\'${a}\\',b=~\\'${b}\\'}[$__rate_interval])','legend':''}]");
        row("automatic interval", "'type':'graph','targets':[{'expr':'rate(x[$__auto_interval_i])'}]",
            "queries", "[{'expr':'rate(x[$__interval])','legend':''}]");
    }
    void fields()
    {
        QFETCH(QByteArray, json);
        QFETCH(QString, field);
        QFETCH(QByteArray, expected);
        const auto read = importedDashboard(json);
        QVERIFY2(read.ok(), read ? "" : read.error().message.c_str());
        QCOMPARE(bytesOf(read->dashboard["panels"].toArray()[0].toObject()[field]), expected);
    }

    void variables_data()
    {
        QTest::addColumn<QByteArray>("json");
        QTest::addColumn<QString>("result");
        QTest::addColumn<QByteArray>("expected"); ///< metric label_name options value all
        QTest::addColumn<QString>("part");
        const auto row = [](const char *name, const char *members, const char *result, const char *expected,
                            const char *part = "") {
            QTest::newRow(name) << withVariable(members) << QString(result) << quoted(expected)
                                << QString::fromUtf8(part);
        };
        row("label_values", "'type':'query','query':'label_values(up, host)'", "whole",
            "up host [] () false");
        row("of all series", "'type':'query','query':'label_values(host)'", "whole", " host [] () false");
        row("of a selector",
            "'type':'query','query':{'query':'label_values(up{a=\\'b,c\\',d=~\\'(e|f)\\'}, "
            "host)','refId':'x'}",
            "whole", "up{a='b,c',d=~'(e|f)'} host [] () false");
        row("in parts", "'type':'query','query':{'qryType':1,'metric':'up','label':'host'}", "whole",
            "up host [] () false");
        row("definition", "'type':'query','query':{},'definition':'label_values(up, host)'", "whole",
            "up host [] () false");
        row("many",
            "'type':'query','query':'label_values(up, "
            "host)','multi':true,'includeAll':true,'current':{'value':['$__all']}",
            "whole", "up host [] () true");
        row("chosen",
            "'type':'query','query':'label_values(up, host)','multi':true,'current':{'value':['a','b']}",
            "whole", "up host [] ['a','b'] true");
        row("regex", "'type':'query','query':'label_values(up, host)','regex':'/^web/'", "partly",
            "up host [] () false", "The filter /^web/");
        row("own all", "'type':'query','query':'label_values(up, host)','includeAll':true,'allValue':'web.*'",
            "partly", "up host [] () true", "web.*");
        row("query_result", "'type':'query','query':'query_result(up)','current':{'value':'a'}", "partly",
            "  ['a'] (a) false", "Only label_values");
        row("nothing known", "'type':'query','query':'query_result(up)'", "left_out", "",
            "No values are known");
        row("Loki",
            "'type':'query','datasource':'Loki','query':'label_values(app)','options':[{'value':'a'}]",
            "partly", "  ['a'] () false", "asks loki");
        row("custom", "'type':'custom','query':'a, b : 2,c\\\\,d','current':{'value':'2'}", "whole",
            "  ['a','2','c,d'] (2) false", "names of its values");
        row("interval",
            "'type':'interval','query':'1m,5m','auto':true,'current':{'value':'$__auto_interval_v'}",
            "partly", "  ['1m','5m'] (1m) false", "auto");
        row("constant", "'type':'constant','query':'a'", "whole", "  ['a'] (a) false");
        row("text", "'type':'textbox','query':'a'", "partly", "  ['a'] (a) false", "Free text");
        row("datasource", "'type':'datasource','query':'prometheus'", "left_out", "", "this appliance");
        row("adhoc", "'type':'adhoc'", "left_out", "", "adhoc");
        row("wrong types", "'type':'query','query':[1],'current':[],'options':'x','multi':'yes','label':{}",
            "left_out", "");
    }
    void variables()
    {
        QFETCH(QByteArray, json);
        QFETCH(QString, result);
        QFETCH(QByteArray, expected);
        QFETCH(QString, part);
        const auto read = importedDashboard(json);
        QVERIFY2(read.ok(), read ? "" : read.error().message.c_str());
        const QJsonValue row = read->report["variables"][0];
        QCOMPARE(row["result"].toString(), result);
        QVERIFY2(notesOf(row).contains(part), qPrintable(notesOf(row)));
        const QJsonArray variables = read->dashboard["variables"].toArray();
        if (expected.isEmpty()) {
            QCOMPARE(variables.size(), 0);
            return;
        }
        const QJsonValue v = variables[0];
        const QByteArray value = v["value"].isArray() ? bytesOf(v["value"]) : '(' + bytesOf(v["value"]) + ')';
        QCOMPARE(bytesOf(v["metric"]) + ' ' + bytesOf(v["label_name"]) + ' ' + bytesOf(v["options"]) + ' ' +
                     value + ' ' + bytesOf(v["all"]),
                 expected);
    }

    void rangeAndRefresh_data()
    {
        QTest::addColumn<QByteArray>("members");
        QTest::addColumn<QString>("range");
        QTest::addColumn<QString>("refresh");
        QTest::newRow("plain") << QByteArray("'time':{'from':'now-6h','to':'now'},'refresh':'30s'") << "6h"
                               << "30s";
        QTest::newRow("none") << QByteArray("'refresh':''") << "24h"
                              << "off";
        QTest::newRow("today") << QByteArray("'time':{'from':'now/d','to':'now'},'refresh':false") << "24h"
                               << "off";
        QTest::newRow("quick") << QByteArray("'time':{'from':'now-1m','to':'now'},'refresh':'1s'") << "24h"
                               << "5s";
        QTest::newRow("odd") << QByteArray("'time':[1],'refresh':{}") << "24h"
                             << "off";
    }
    void rangeAndRefresh()
    {
        QFETCH(QByteArray, members);
        QFETCH(QString, range);
        QFETCH(QString, refresh);
        const auto read = importedDashboard(dashboardWith(members));
        QVERIFY2(read.ok(), read ? "" : read.error().message.c_str());
        QCOMPARE(read->dashboard["range"].toString(), range);
        QCOMPARE(read->dashboard["refresh"].toString(), refresh);
    }

    void rowsAndFoldedRows()
    {
        const auto read = importedDashboard(dashboardWith(
            "'panels':[{'type':'row','title':'R1','gridPos':{'x':0,'y':0,'w':24,'h':1},'panels':[]},{'type':'"
            "stat','title':'a','gridPos':{'x':0,'y':1,'w':12,'h':4},'targets':[{'expr':'a'}]},{'type':'stat',"
            "'title':'b','gridPos':{'x':12,'y':1,'w':12,'h':4},'targets':[{'expr':'b'}]},{'type':'row','"
            "title':'R2','collapsed':true,'gridPos':{'x':0,'y':5,'w':24,'h':1},'panels':[{'type':'stat','"
            "title':'c','gridPos':{'x':0,'y':6,'w':24,'h':4},'targets':[{'expr':'c'}]}]},{'type':'row','"
            "title':'R3','collapsed':true,'gridPos':{'x':0,'y':6,'w':24,'h':1},'panels':[{'type':'stat','"
            "title':'d','gridPos':{'x':0,'y':7,'w':24,'h':4},'targets':[{'expr':'d'}]}]}]"));
        QVERIFY(read.ok());
        QString places;
        const QJsonArray panels = read->dashboard["panels"].toArray();
        for (const QJsonValue &panel : panels)
            places += panel["title"].toString() + QString::number(panel["grid"]["y"].toInt()) + ' ';
        QCOMPARE(places, QString("a0 b0 c4 d8 "));
        QVERIFY(notesOf(read->report).contains("folded away"));
    }

    void hosts()
    {
        const auto read = importedDashboard(fixture("hosts.json"));
        QVERIFY2(read.ok(), read ? "" : read.error().message.c_str());
        const QJsonArray panels = read->dashboard["panels"].toArray();
        QCOMPARE(read->report["panels"].toArray().size(), 57);
        QCOMPARE(panels.size(), 56);
        QVERIFY(!overlaps(panels));
        QCOMPARE(read->dashboard["title"].toString(), QString("Hosts in full"));
        QCOMPARE(read->dashboard["refresh"].toString(), QString("1m"));
        int whole = 0;
        const QJsonArray rows = read->report["panels"].toArray();
        for (const QJsonValue &row : rows) {
            whole += row["result"].toString() == u"whole";
            QVERIFY2(!notesOf(row).contains("does not parse"), qPrintable(notesOf(row)));
        }
        QCOMPARE(whole, 50);
        const QJsonObject report = read->report;
        QVERIFY(notesOf(rowTitled(report, "Processor")).contains("parts of a hundred"));
        QVERIFY(notesOf(rowTitled(report, "Network traffic")).contains("The unit bps"));
        QCOMPARE(panelTitled(read->dashboard, "Processor")["queries"].toArray().size(), 5);
        QCOMPARE(panelTitled(read->dashboard, "Memory in use")["thresholds"].toArray().size(), 2);
        QCOMPARE(panelTitled(read->dashboard, "File systems in use")["thresholds"][0]["severity"].toString(),
                 QString("critical"));
        QStringList variables;
        const QJsonArray all = read->dashboard["variables"].toArray();
        for (const QJsonValue &variable : all)
            variables << variable["name"].toString();
        QCOMPARE(variables, (QStringList{"job", "nodename", "node", "diskdevices"}));
        QCOMPARE(all[2]["metric"].toString(),
                 QString("node_uname_info{job=\"$job\", nodename=\"$nodename\"}"));
        // It may be saved as it is.
        QVERIFY(checkedDashboard(read->dashboard).ok());
    }

    void fastapi()
    {
        const auto read = importedDashboard(fixture("fastapi.json"));
        QVERIFY2(read.ok(), read ? "" : read.error().message.c_str());
        const QJsonObject report = read->report;
        const QJsonArray panels = read->dashboard["panels"].toArray();
        QCOMPARE(report["panels"].toArray().size(), 24);
        QCOMPARE(panels.size(), 20);
        QVERIFY(!overlaps(panels));
        for (const char *title : {"Log", "Lines a second", "About", "Others"})
            QCOMPARE(rowTitled(report, title)["result"].toString(), QString("left_out"));
        QVERIFY(notesOf(rowTitled(report, "Event loop")).contains("Query 2 is kept, but does not parse"));
        QVERIFY(!panelTitled(read->dashboard, "Event loop")["queries"][1]["broken"].toString().isEmpty());
        QCOMPARE(panelTitled(read->dashboard, "By route")["kind"].toString(), QString("area"));
        QCOMPARE(panelTitled(read->dashboard, "By status")["kind"].toString(), QString("bar"));
        QCOMPARE(panelTitled(read->dashboard, "Errors in percent")["thresholds"].toArray().size(), 2);
        QCOMPARE(panelTitled(read->dashboard, "Requests a second")["queries"][0]["expr"].toString(),
                 QString("sum(rate(http_requests_total{app_name=\"${app}\",path!=\"/metrics\"}[1m]))"));
        QCOMPARE(rowTitled(report, "Slowest routes")["result"].toString(), QString("whole"));
        const QJsonArray variables = read->dashboard["variables"].toArray();
        QCOMPARE(variables.size(), 7);
        QCOMPARE(variables[5]["options"][0].toString(), QString("shop"));
        QCOMPARE(report["variables"].toArray().size(), 8);
        QCOMPARE(read->dashboard["range"].toString(), QString("30m"));
        QVERIFY(notesOf(report).contains("1 query for annotations"));
        // It may be saved as it is, its broken query marked.
        QVERIFY(checkedDashboard(read->dashboard).ok());
    }

    void whatWasExportedComesBack()
    {
        const auto first = importedDashboard(fixture("hosts.json"));
        QVERIFY(first.ok());
        QJsonObject file = first->dashboard;
        file["plimsoll_dashboard"] = 1;
        const auto again = importedDashboard(QJsonDocument(file).toJson());
        QVERIFY(again.ok());
        QCOMPARE(again->dashboard, first->dashboard);
        QCOMPARE(again->report["source"].toString(), QString("plimsoll"));
        QCOMPARE(again->report["panels"].toArray().size(), 56);
    }

    void hostile_data()
    {
        QTest::addColumn<QByteArray>("json");
        QTest::addColumn<QString>("part"); ///< of the error; empty: it is read all the same
        const auto row = [](const char *name, const QByteArray &json, const char *part) {
            QTest::newRow(name) << quoted(json) << QString::fromUtf8(part);
        };
        row("nothing", "", "not JSON");
        row("a list", "[]", "A dashboard is a JSON object");
        row("an empty object", "{}", "neither");
        row("something else", "{'name':'x','version':'1.0'}", "neither");
        row("deep", QByteArray(100'000, '['), "deeper than 64");
        row("deep objects", QByteArray("{\"a\":").repeated(5'000) + "1" + QByteArray(5'000, '}'),
            "deeper than 64");
        row("brackets in a text", "{'title':'" + QByteArray(10'000, '[') + "','panels':[],'schemaVersion':1}",
            "");
        row("cut off", "{'title':'x','panels':[", "not JSON");
        row("newer format", "{'spec':{'elements':{},'layout':{}},'apiVersion':'v2'}", "newer format");
        QByteArray panels = "{'type':'stat','targets':[{'expr':'up'}]},";
        panels = panels.repeated(10'000);
        panels.chop(1);
        row("10,000 panels", dashboardWith("\"panels\":[" + panels + ']'), "has 10000 panels");
        row("panels of other types",
            dashboardWith("'panels':[1,'x',null,[],{'type':[]},{'type':'stat','targets':{'a':1}}]"), "");
        row("everything of other types",
            "{'title':[],'schemaVersion':1,'panels':[{'type':'timeseries','title':{},'gridPos':[],'targets':["
            "{'expr':'up','legendFormat':7,'datasource':[1],'refId':{}}],'fieldConfig':[],'options':7,'"
            "transformations':{},'links':7,'alert':[]}],'templating':{'list':[1,{'name':[]},{'name':'a','"
            "type':'query','query':7}]},'time':'x','annotations':[],'__inputs':{},'links':{}}",
            "");
        row("rows of other types",
            "{'rows':[1,{'panels':7},{'panels':[{'span':'x','height':[],'type':'graph','targets':[{'expr':'"
            "up'}]}]}]}",
            "");
        row("our own, wrong", "{'plimsoll_dashboard':1,'title':'x','panels':[{'kind':'pie'}]}",
            "`kind` must be one of");
    }
    void hostile()
    {
        QFETCH(QByteArray, json);
        QFETCH(QString, part);
        const auto read = importedDashboard(json);
        if (part.isEmpty()) {
            QVERIFY2(read.ok(), read ? "" : read.error().message.c_str());
            QVERIFY(checkedDashboard(read->dashboard).ok());
            return;
        }
        QVERIFY(!read);
        QVERIFY2(QString::fromStdString(read.error().message).contains(part), read.error().message.c_str());
    }

    void aHundredPanelsAreKept()
    {
        QByteArray panels = "{'type':'stat','targets':[{'expr':'up'}]},";
        panels = panels.repeated(130);
        panels.chop(1);
        const auto read = importedDashboard(dashboardWith("\"panels\":[" + panels + ']'));
        QVERIFY(read.ok());
        QCOMPARE(read->dashboard["panels"].toArray().size(), 100);
        const QJsonArray rows = read->report["panels"].toArray();
        QCOMPARE(rows.size(), 130);
        QVERIFY(notesOf(rows[129]).contains("holds 100 panels"));
    }

    /// Every way of cutting or spoiling a real dashboard ends in an answer, never in a crash.
    void spoiledDashboards()
    {
        const QByteArray whole =
            QJsonDocument::fromJson(fixture("fastapi.json")).toJson(QJsonDocument::Compact);
        for (qsizetype at = 0; at < whole.size(); at += 397)
            (void)importedDashboard(whole.left(at));
        for (const char *other : {"null", "7", "\"x\"", "[]", "{}", "true", "-1e300"}) {
            for (qsizetype at = whole.indexOf(':'); at >= 0; at = whole.indexOf(':', at + 331)) {
                QByteArray spoiled = whole;
                const qsizetype end = spoiled.indexOf(',', at);
                spoiled.replace(at + 1, end < 0 ? 1 : end - at - 1, other);
                (void)importedDashboard(spoiled);
            }
        }
    }
};

QTEST_APPLESS_MAIN(GrafanaImportTest)
#include "GrafanaImportTest.moc"
