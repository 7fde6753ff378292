#include "storage/query/Printer.h"
#include "storage/query/Analyzer.h"
#include "storage/query/Parser.h"
#include "tests/support/RandomQuery.h"
#include "tests/support/SameExpr.h"

#include <QDir>
#include <QRegularExpression>
#include <QTest>
#include <QTextStream>

using namespace plimsoll;
using namespace plimsoll::promql;

namespace {

constexpr ParseOptions everything{.experimental = true};

/// Empty where the query comes back from both forms as it was; else what went wrong. One that does not parse
/// is counted elsewhere.
std::string roundTrip(const std::string &query)
{
    const auto first = parse(query, everything);
    if (!first)
        return {};
    for (const std::string &text : {print(**first), prettyPrint(**first)}) {
        const auto second = parse(text, everything);
        if (!second)
            return query + "\nprinted as\n" + text + "\n" + second.error().message;
        if (!test::sameExpr(**first, **second))
            return query + "\nprinted as\n" + text + "\nreads differently";
        if (print(**second) != print(**first) || prettyPrint(**second) != prettyPrint(**first))
            return query + "\nprinted as\n" + text + "\nis then printed as\n" + print(**second);
    }
    return {};
}

} // namespace

class PrinterTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void randomQueriesComeBack()
    {
        const int count = qEnvironmentVariableIntValue("PLIMSOLL_TEST_QUERIES");
        size_t parsed = 0;
        const size_t total = count > 0 ? size_t(count) : 5'000;
        test::RandomQuery random(42);
        for (size_t i = 0; i < total; i++) {
            const std::string query = random.next();
            parsed += parse(query, everything).ok();
            const std::string wrong = roundTrip(query);
            QVERIFY2(wrong.empty(), wrong.c_str());
        }
        QVERIFY2(parsed > total / 2, std::to_string(parsed).c_str());
    }

    void queriesOfTheScriptsComeBack()
    {
        QString shared = qEnvironmentVariable("PLIMSOLL_SHARED");
        if (shared.isEmpty())
            shared = qEnvironmentVariable("PLIMSOLL_SOURCE_DIR") + "/../shared";
        const QDir scripts(shared + "/conformance/promql");
        if (!scripts.exists())
            QSKIP("The shared scripts are not there.");
        static const QRegularExpression eval(
            "^\\s*eval\\w* (?:instant at \\S+|range from \\S+ to \\S+ step \\S+) (.*)$");
        size_t queries = 0;
        for (const QString &name : scripts.entryList({"*.test"})) {
            QFile file(scripts.filePath(name));
            QVERIFY(file.open(QIODevice::ReadOnly));
            QTextStream lines(&file);
            while (!lines.atEnd()) {
                const auto match = eval.match(lines.readLine());
                if (!match.hasMatch())
                    continue;
                queries++;
                const std::string wrong = roundTrip(match.captured(1).toStdString());
                QVERIFY2(wrong.empty(), wrong.c_str());
            }
        }
        QVERIFY(queries > 500);
    }
};

QTEST_GUILESS_MAIN(PrinterTest)
#include "PrinterTest.moc"
