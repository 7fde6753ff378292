#include "server/api/JsonWriter.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTest>

#include <cmath>

using namespace plimsoll::api;

class JsonWriterTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void separatesMembersAndElements()
    {
        JsonWriter json;
        json.beginObject()
            .member("a", 1)
            .key("b")
            .beginArray()
            .value(true)
            .null()
            .beginObject()
            .endObject()
            .value("x");
        json.endArray().key("c").raw("[2]").endObject();
        QCOMPARE(json.text(), std::string(R"({"a":1,"b":[true,null,{},"x"],"c":[2]})"));
    }

    void escapesText()
    {
        std::string text = "\"\\\n\r\t/é";
        text += '\0';
        text += '\x1f';
        JsonWriter json;
        json.beginArray().value(text).endArray();
        const QJsonArray read = QJsonDocument::fromJson(QByteArray::fromStdString(json.text())).array();
        QCOMPARE(read.at(0).toString(), QString::fromStdString(text));
    }

    void repairsWhatIsNoUtf8()
    {
        std::string json;
        appendJsonText(json, "bad \xff, cut \xc3");
        QCOMPARE(json, std::string("\"bad \uFFFD, cut \uFFFD\""));
    }

    void writesDoublesThatReadBack()
    {
        for (const double number :
             {0.1, 1e300, -2.5e-10, 100000.0, 1e15, 123456789012.0, 5e-324, 48.97, -0.0}) {
            JsonWriter json;
            json.value(number);
            QCOMPARE(std::strtod(json.text().c_str(), nullptr), number);
        }
        QCOMPARE(formatDouble(100000), std::string("100000"));
        QCOMPARE(formatDouble(1e6), std::string("1000000"));
    }

    void writesNullForWhatJsonLacks()
    {
        JsonWriter json;
        json.beginArray().value(std::nan("")).value(INFINITY).value(-INFINITY).endArray();
        QCOMPARE(json.text(), std::string("[null,null,null]"));
        QCOMPARE(formatDouble(INFINITY), std::string("+Inf"));
        QCOMPARE(formatDouble(-INFINITY), std::string("-Inf"));
    }
};

QTEST_GUILESS_MAIN(JsonWriterTest)
#include "JsonWriterTest.moc"
