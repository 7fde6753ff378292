#include "storage/query/Parser.h"
#include "storage/query/Analyzer.h"
#include "storage/query/AstJson.h"
#include "storage/query/Printer.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTest>

using namespace plimsoll;
using namespace plimsoll::promql;

namespace {

/// The canonical form, or the error.
std::string outcome(std::string_view query, const ParseOptions &options = {})
{
    auto parsed = parse(query, options);
    if (!parsed)
        return parsed.error().message;
    if (auto status = analyze(**parsed); !status)
        return status.error().message;
    return print(**parsed);
}

} // namespace

#define COMPARE(actual, expected) QCOMPARE(QString::fromStdString(actual), QString::fromUtf8(expected))

class ParserTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void refusesAsPrometheusDoes_data()
    {
        QTest::addColumn<QByteArray>("query");
        QTest::addColumn<QString>("message");
        const auto row = [](const char *query, const char *message) {
            QTest::newRow(query) << QByteArray(query) << QString::fromUtf8(message);
        };
        row("", "1:1: parse error: no expression found in input");
        row("# nothing", "1:1: parse error: no expression found in input");
        row("1+", "1:3: parse error: unexpected end of input");
        row(".", "1:1: parse error: unexpected character: '.'");
        row("1 +\n  é", "2:3: parse error: unexpected character: 'é'");
        row("(1))", "1:5: parse error: unexpected right parenthesis ')'");
        row("((1)", "1:5: parse error: unclosed left parenthesis");
        row("foo[5m", "1:7: parse error: unclosed left bracket");
        row("foo{", "1:5: parse error: unexpected end of input inside braces");
        row("}", "1:1: parse error: unexpected character: '}'");
        row("foo]", "1:4: parse error: unexpected right bracket ']'");
        row("*1", "1:1: parse error: unexpected <op:*>");
        row("1 + by + /", "1:10: parse error: unexpected <op:/>");
        row("1 == 1", "1:3: parse error: comparisons between scalars must use BOOL modifier");
        row("1 or 1", "1:1: parse error: set operator \"or\" not allowed in binary scalar expression");
        row("foo + bool bar", "1:5: parse error: bool modifier can only be used on comparison operators");
        row("1 =~ 1", "1:3: parse error: unexpected character after '=': '~'");
        row("1 !~ 1", "1:3: parse error: unexpected character after '!': '~'");
        row("-\"a\"",
            "1:1: parse error: unary expression only allowed on expressions of type scalar or instant "
            "vector, got \"string\"");
        row("a - on(b) ignoring(c) d", "1:11: parse error: unexpected <ignoring>");
        row("foo or on(bar) group_left(baz) bar",
            "1:1: parse error: no grouping allowed for \"or\" operation");
        row("foo == on(bar) group_left(bar) baz",
            "1:5: parse error: label \"bar\" must not occur in ON and GROUP clause at once");
        row("foo * on(a) 2", "1:1: parse error: vector matching only allowed between instant vectors");
        row("foo{a=b}", "1:7: parse error: unexpected identifier \"b\" in label matching, expected string");
        row("foo{a:b=\"c\"}", "1:6: parse error: unexpected character inside braces: ':'");
        row("foo{a}",
            "1:6: parse error: unexpected \"}\" in label matching, expected label matching operator");
        row("foo{,}", "1:5: parse error: unexpected \",\" in label matching, expected identifier or \"}\"");
        row("foo{a==\"b\"}", "1:7: parse error: unexpected \"=\" in label matching, expected string");
        row("foo{a=~=\"b\"}", "1:8: parse error: unexpected \"=\" in label matching, expected string");
        row("foo{a=\"b\" c}",
            "1:11: parse error: unexpected identifier \"c\" in label matching, expected \",\" or \"}\"");
        row("foo{\"a\"=}", "1:9: parse error: unexpected \"}\" in label matching, expected string");
        row("foo{__name__=\"bar\"}",
            "1:1: parse error: metric name must not be set twice: \"foo\" or \"bar\"");
        row("{a=~\".*\"} + 1",
            "1:1: parse error: vector selector must contain at least one non-empty matcher");
        row("{} +", "1:5: parse error: unexpected end of input");
        row("foo[5mm]", "1:5: parse error: bad number or duration syntax: \"5mm\"");
        row("foo[5m1h]", "1:5: parse error: bad number or duration syntax: \"5m1h\"");
        row("foo[0m]", "1:5: parse error: duration must be greater than 0");
        row("foo[-5m]", "1:5: parse error: duration must be greater than 0");
        row("foo[300y]", "1:5: parse error: duration out of range");
        row("foo[\"5m\"]", "1:5: parse error: unexpected character in duration expression: '\"'");
        row("foo[x]", "1:5: parse error: unexpected character in duration expression: 'x'");
        row("foo[5m+1]", "1:5: parse error: experimental duration expression is not enabled");
        row("foo[5m:5m 1]",
            "1:11: parse error: unexpected number \"1\" in subquery selector, expected \"]\"");
        row("foo[5m 1]",
            "1:8: parse error: unexpected number \"1\" in subquery or range, expected \":\" or \"]\"");
        row("(foo)[5m]", "1:6: parse error: ranges only allowed for vector selectors");
        row("foo offset 1m[5m]", "1:14: parse error: no offset modifiers allowed before range");
        row("foo @ 1 [5m]", "1:9: parse error: no @ modifiers allowed before range");
        row("foo offset 1m offset 2m", "1:1: parse error: offset may not be set multiple times");
        row("foo offset \"1m\"",
            "1:12: parse error: unexpected string \"\\\"1m\\\"\" in offset, expected number or duration");
        row("sum(foo) offset 1m", "1:1: parse error: offset modifier must be preceded by an instant vector "
                                  "selector or range vector "
                                  "selector or a subquery");
        row("foo @ bar", "1:7: parse error: unexpected identifier \"bar\" in @, expected timestamp");
        row("foo anchored", "1:1: parse error: anchored modifier is experimental and not enabled");
        row("a + fill(0) b", "1:1: parse error: binop fill modifiers are experimental and not enabled");
        row("sum foo by (a)", "1:5: parse error: unexpected identifier \"foo\" in aggregation");
        row("sum(foo bar)", "1:9: parse error: unexpected identifier \"bar\" in aggregation");
        row("sum (foo) by a",
            "1:14: parse error: unexpected identifier \"a\" in grouping opts, expected \"(\"");
        row("sum by (a b) (foo)",
            "1:11: parse error: unexpected identifier \"b\" in grouping opts, expected \",\" or \")\"");
        row("sum by (1) (foo)", "1:9: parse error: unexpected number \"1\" in grouping opts, expected label");
        row("sum()", "1:1: parse error: no arguments for aggregate expression provided");
        row("topk(foo)", "1:1: parse error: wrong number of arguments for aggregate expression provided, "
                         "expected 2, got 1");
        row("topk(foo, bar)",
            "1:6: parse error: expected type scalar in aggregation parameter, got instant vector");
        row("abs(foo,)", "1:8: parse error: trailing commas not allowed in function call args");
        row("nosuch(1", "1:9: parse error: unclosed left parenthesis");
        row("nosuch(1)", "1:1: parse error: unknown function with name \"nosuch\"");
        row("abs()", "1:1: parse error: expected 1 argument(s) in call to \"abs\", got 0");
        row("rate(foo)",
            "1:6: parse error: expected type range vector in call to function \"rate\", got instant vector");
        row("1[5m:]", "1:1: parse error: subquery is only allowed on instant vector, got scalar instead");
        row("\"a", "1:1: parse error: unterminated quoted string");
        row("`a", "1:1: parse error: unterminated raw string");
        row("'\\q'", "1:1: parse error: unknown escape sequence \"\\\\q\"");
        row("'\xff'", "1:1: parse error: invalid UTF-8 rune");
        row("1e", "1:1: parse error: bad number or duration syntax: \"1e\"");
        row("1.2.3", "1:1: parse error: bad number or duration syntax: \"1.2.\"");
        row("1e400", "1:1: parse error: error parsing number: value out of range: \"1e400\"");
        row("\"a very long string\" 1", "1:22: parse error: unexpected number \"1\"");
        row("1 \"a very long string\"", "1:3: parse error: unexpected string \"\\\"a very lo\"...");
    }
    void refusesAsPrometheusDoes()
    {
        QFETCH(QByteArray, query);
        QTEST(QString::fromStdString(outcome(query.toStdString())), "message");
    }

    void printsWhatItRead_data()
    {
        QTest::addColumn<QByteArray>("query");
        QTest::addColumn<QString>("printed");
        const auto row = [](const char *query, const char *printed) {
            QTest::newRow(query) << QByteArray(query) << QString::fromUtf8(printed);
        };
        row("1_000", "1000");
        row("0755", "493");
        row("089", "89");
        row("0x_1F", "31");
        row("1e-7", "0.0000001");
        row("-1e22", "-10000000000000000000000");
        row("1e45", ("1" + QByteArray(45, '0')).constData());
        row("123456789012345678", "123456789012345680");
        row("- INF", "-Inf");
        row("Inf ^ +Inf", "Inf ^ +Inf");
        row("1h30m", "1h30m");
        row("-90s", "-1m30s");
        row("{\"http.requests\", \"a.b\"='c'}", "{\"a.b\"=\"c\",__name__=\"http.requests\"}");
        row("{__name__=\"x\"}", "{__name__=\"x\"}");
        row("and{and=\"1\"} and by", "and{and=\"1\"} and by");
        row("x{b=\"1\",a=\"2\",}", "x{a=\"2\",b=\"1\"}");
        row("sum by(\"a b\", on)(x)", "sum by (\"a b\", on) (x)");
        row("sum without()(x)", "sum without () (x)");
        row("sum by()(x)", "sum(x)");
        row("a + ignoring() b", "a + b");
        row("a + on() group_left b", "a + on () group_left () b");
        row("1 + on() 2", "1 + 2");
        row("x offset 5m @ 1.5", "x @ 1.500 offset 5m");
        row("x[300] @ -0.25", "x[5m] @ -0.250");
        row("x[1h:] offset -1m", "x[1h:] offset -1m");
        row("\"\\a\\x00\\u0085\\xff\\u00e9'\"", "\"\\a\\x00\\u0085\\xffé'\"");
        row("fill + fill_left", "fill + fill_left");
        row("start + end()", "start + end()");
    }
    void printsWhatItRead()
    {
        QFETCH(QByteArray, query);
        QTEST(QString::fromStdString(outcome(query.toStdString())), "printed");
    }

    void readsWhatIsExperimental()
    {
        const ParseOptions options{.experimental = true};
        for (const char *query :
             {"x[5m + 1m]", "x[(step() * 2) ^ 2:range() / 2]", "x offset -(1m)", "x offset max(step(), 5m)",
              "a + on (b) group_left () fill (0) c", "a + fill_left (1) fill_right (-2) c",
              "x[5m] anchored @ 1.000", "rate(x[-min(1m, 2m) + 5m] smoothed)", "x smoothed offset 1m",
              "a </ 1 >/ b"})
            COMPARE(outcome(query, options), query);
        COMPARE(outcome("x[5m / 0]", options), "1:6: parse error: division by zero");
        COMPARE(outcome("x anchored smoothed", options),
                "1:1: parse error: anchored and smoothed modifiers cannot be used together");
    }

    void boundsWhatItReads()
    {
        const auto refused = [](const std::string &query) {
            return outcome(query, {.experimental = true}).find("nested too deeply") != std::string::npos;
        };
        const auto times = [](const std::string &text, int count) {
            std::string result;
            for (int i = 0; i < count; i++)
                result += text;
            return result;
        };
        QVERIFY(refused(times("(", 100'000)));
        QVERIFY(refused(times("-", 100'000) + "x"));
        QVERIFY(refused(times("abs(", 100'000)));
        QVERIFY(refused("x" + times("[1m:]", 100'000)));
        QVERIFY(refused("1" + times("+1", 100'000)));
        QVERIFY(refused("1" + times("^1", 100'000)));
        QVERIFY(refused("x[" + times("(", 100'000)));
        QVERIFY(refused("x[1" + times("+1", 100'000) + "]"));
        QVERIFY(refused("x[" + times("-", 100'000) + "1]"));
        COMPARE(outcome(std::string((1 << 20) + 1, ' ')), "1:1: parse error: the query is longer than 1 MiB");
        QVERIFY(!refused("x" + times(" or x", 400)));
        QVERIFY(!refused(times("(", 200) + "x" + times(")", 200)));
    }

    void splitsLongLines()
    {
        const auto pretty = [](std::string_view query) { return prettyPrint(**parse(query)); };
        COMPARE(pretty("sum(x)by(a)"), "sum by (a) (x)");
        const std::string name(60, 'n');
        COMPARE(pretty("topk(3," + name + "+on(a)" + name + ")"),
                ("topk(\n  3,\n    " + name + "\n  + on (a)\n    " + name + "\n)").c_str());
        COMPARE(pretty("abs(-(" + name + "/" + name + "))"),
                ("abs(\n  -(\n      " + name + "\n    /\n      " + name + "\n  )\n)").c_str());
        COMPARE(pretty("clamp(" + name + "," + std::string(50, '1') + ",2)[1h:1m] offset 5m"),
                ("clamp(\n  " + name +
                 ",\n  11111111111111111000000000000000000000000000000000,\n  2\n)[1h:1m] offset "
                 "5m")
                    .c_str());
    }

    void tellsItsTreeInJson()
    {
        const auto json = [](std::string_view query) {
            auto parsed = parse(query);
            if (!parsed || !analyze(**parsed))
                return QByteArray("REFUSED");
            const QByteArray text = QByteArray::fromStdString(astJson(**parsed));
            const auto document = QJsonDocument::fromJson(text);
            return document.isNull() ? QByteArray("INVALID ") + text
                                     : document.toJson(QJsonDocument::Compact);
        };
        COMPARE(
            json("x{a!~\"b\"}[5m] @ 1 offset 2s").toStdString(),
            R"({"anchored":false,"matchers":[{"name":"a","type":"!~","value":"b"},{"name":"__name__","type":"=","value":"x"}],"name":"x","offset":2000,"range":300000,"smoothed":false,"startOrEnd":null,"timestamp":1000,"type":"matrixSelector"})");
        COMPARE(
            json("-(1)").toStdString(),
            R"({"expr":{"expr":{"type":"numberLiteral","val":"1"},"type":"parenExpr"},"op":"-","type":"unaryExpr"})");
        COMPARE(
            json("label_join(x, \"a\\n\", \"\\xff\")").toStdString(),
            R"({"args":[{"anchored":false,"matchers":[{"name":"__name__","type":"=","value":"x"}],"name":"x","offset":0,"smoothed":false,"startOrEnd":null,"timestamp":null,"type":"vectorSelector"},{"type":"stringLiteral","val":"a\n"},{"type":"stringLiteral","val":"�"}],"func":{"argTypes":["vector","string","string","string"],"name":"label_join","returnType":"vector","variadic":-1},"type":"call"})");
        const auto binary =
            QJsonDocument::fromJson(json("topk by (b) (2, x) > bool on (b) group_left (c) y")).object();
        QCOMPARE(binary["op"].toString(), ">");
        QCOMPARE(binary["bool"].toBool(), true);
        QCOMPARE(binary["lhs"]["op"].toString(), "topk");
        QCOMPARE(binary["lhs"]["param"]["val"].toString(), "2");
        QCOMPARE(binary["lhs"]["grouping"][0].toString(), "b");
        QCOMPARE(
            QJsonDocument(binary["matching"].toObject()).toJson(QJsonDocument::Compact),
            R"({"card":"many-to-one","fillValues":{"lhs":null,"rhs":null},"include":["c"],"labels":["b"],"on":true})");
        QVERIFY(QJsonDocument::fromJson(json("1 + 2")).object()["matching"].isNull());
        QCOMPARE(QJsonDocument::fromJson(json("x[1h:1m] @ end()")).object()["startOrEnd"].toString(), "end");
    }
};

QTEST_GUILESS_MAIN(ParserTest)
#include "ParserTest.moc"
