#include "server/http/Request.h"
#include "server/http/PercentCoding.h"

#include <QTest>

using namespace plimsoll::http;

class RequestTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void findsHeadersAndParameters()
    {
        Request request;
        request.headers = {{"accept", "a"}, {"accept", "b"}};
        request.parameters = {{"id", "7"}};
        QCOMPARE(request.header("accept"), std::optional<std::string_view>("a"));
        QVERIFY(!request.header("host"));
        QCOMPARE(request.parameter("id"), std::string_view("7"));
        QVERIFY(request.parameter("x").empty());
    }

    void decodesArguments()
    {
        Request request;
        request.rawQuery = "query=a%2Bb+c&match%5B%5D=1&match[]=2&empty=&flag&&broken=%zz%4&utf8=%C3%A9";
        QCOMPARE(request.argument("query"), std::optional<std::string>("a+b c"));
        QCOMPARE(request.arguments("match[]"), (std::vector<std::string>{"1", "2"}));
        QCOMPARE(request.argument("empty"), std::optional<std::string>(""));
        QCOMPARE(request.argument("flag"), std::optional<std::string>(""));
        QCOMPARE(request.argument("broken"), std::optional<std::string>("%zz%4"));
        QCOMPARE(request.argument("utf8"), std::optional<std::string>("\xc3\xa9"));
        QVERIFY(!request.argument("missing"));
    }

    void takesFormsToo()
    {
        Request request;
        request.rawQuery = "a=1";
        request.body = "query=up%7Ba%3D%22b%22%7D&a=2";
        QCOMPARE(request.allArguments().size(), size_t(1));
        request.headers = {{"content-type", "Application/x-www-form-urlencoded; charset=utf-8"}};
        const std::vector<std::pair<std::string, std::string>> expected = {
            {"a", "1"}, {"query", "up{a=\"b\"}"}, {"a", "2"}};
        QCOMPARE(request.allArguments(), expected);
    }

    void knowsUtf8()
    {
        QVERIFY(isUtf8("a\xc3\xa9\xf0\x9f\x98\x80"));
        QVERIFY(!isUtf8("\xff"));
        QVERIFY(!isUtf8("\xc3"));
        QVERIFY(!isUtf8("\xc0\x80"));
        QVERIFY(!isUtf8("\xed\xa0\x80"));
    }
};

QTEST_GUILESS_MAIN(RequestTest)
#include "RequestTest.moc"
