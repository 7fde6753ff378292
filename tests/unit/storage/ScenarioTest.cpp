#include "storage/backend/NodeIdentity.h"
#include "storage/backend/PostgresBackend.h"
#include "tests/support/PostgresServer.h"
#include "tests/support/TemporaryEngine.h"

#include <QTest>

#include <charconv>
#include <filesystem>
#include <fstream>
#include <sstream>

using namespace plimsoll;
using plimsoll::test::TemporaryEngine;

namespace {

constexpr int64_t farMs = 4'000'000'000'000;

std::vector<std::string> wordsOf(const std::string &line)
{
    std::istringstream stream(line);
    std::vector<std::string> words;
    for (std::string word; stream >> word;)
        words.push_back(word);
    return words;
}

int64_t durationOf(std::string_view text)
{
    int64_t number = 0;
    if (text.starts_with('+'))
        text.remove_prefix(1);
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const std::string_view unit(end, static_cast<size_t>(text.data() + text.size() - end));
    const std::map<std::string_view, int64_t> units{
        {"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}};
    const auto found = units.find(unit);
    if (error != std::errc() || found == units.end())
        qFatal("%s is no duration", std::string(text).c_str());
    return number * found->second;
}

double numberOf(const std::string &text) { return std::strtod(text.c_str(), nullptr); }

/// `name{a="b",c!~"d"}`; values hold neither quotes nor blanks.
std::vector<Matcher> matchersOf(const std::string &text)
{
    std::vector<Matcher> matchers;
    const size_t brace = text.find('{');
    if (brace > 0)
        matchers.push_back({std::string(nameLabel), Matcher::Op::Equal, text.substr(0, brace)});
    for (size_t at = brace + 1; at < text.size() && text[at] != '}';) {
        const size_t op = text.find_first_of("=!", at);
        const size_t open = text.find('"', op);
        const size_t close = text.find('"', open + 1);
        const std::string sign = text.substr(op, open - op);
        const std::map<std::string, Matcher::Op> ops{{"=", Matcher::Op::Equal},
                                                     {"!=", Matcher::Op::NotEqual},
                                                     {"=~", Matcher::Op::Regex},
                                                     {"!~", Matcher::Op::NotRegex}};
        matchers.push_back({text.substr(at, op - at), ops.at(sign), text.substr(open + 1, close - open - 1)});
        at = close + 1 + (text[close + 1] == ',' ? 1 : 0);
    }
    return matchers;
}

Labels labelsOf(const std::string &text)
{
    std::vector<Labels::Pair> pairs;
    for (const Matcher &matcher : matchersOf(text))
        pairs.emplace_back(matcher.name, matcher.value);
    return Labels(pairs);
}

std::string join(const std::vector<std::string> &words)
{
    std::string joined;
    for (const std::string &word : words)
        joined += (joined.empty() ? "" : " ") + word;
    return joined;
}

std::string textOf(double number)
{
    char buffer[32];
    const auto [end, error] = std::to_chars(buffer, buffer + sizeof buffer, number);
    return {buffer, end};
}

/// Tells one story to a real engine.
class Narrator
{
public:
    explicit Narrator(const TemporaryEngine::MakeBackend &makeBackend)
        : m_engine({}, makeBackend)
    {
    }

    /// The answer to a step, to be compared with what stands behind `=>`.
    std::string tell(const std::vector<std::string> &words)
    {
        const std::string &verb = words.at(0);
        if (verb == "put")
            return put(words, {});
        if (verb == "key")
            return put({words.begin() + 2, words.end()}, words.at(1));
        if (verb == "samples")
            return samples(words.at(1));
        if (verb == "total")
            return total(words.at(1), timeOf(words.at(3)));
        if (verb == "observations")
            return observations(words.at(1), timeOf(words.at(3)));
        if (verb == "series")
            return series(words.at(1));
        if (verb == "head")
            return std::to_string(m_engine->stats().headSamples);
        if (verb == "advance")
            m_engine.clock.advance(durationOf(words.at(1)));
        else if (verb == "maintain")
            maintain();
        else if (verb == "crash")
            m_engine.crash();
        else if (verb == "restart")
            m_engine.restart();
        else
            return "unknown step";
        return {};
    }

private:
    int64_t timeOf(const std::string &word) const
    {
        return m_startMs + durationOf(std::string_view(word).substr(1));
    }

    std::string put(const std::vector<std::string> &words, const std::string &key)
    {
        const auto kind = kindFromName(words.at(1));
        if (!kind)
            return "unknown kind";
        Batch batch = TemporaryEngine::batchOf(labelsOf(words.at(2)), *kind,
                                               {{timeOf(words.at(3)), numberOf(words.at(4))}});
        if (!key.empty())
            batch.idempotency = Batch::Idempotency{{std::hash<std::string>()(key), 1},
                                                   {std::hash<std::string>()(join(words)), 2}};
        const CommitReceipt receipt = m_engine.commit(batch);
        if (!receipt.status)
            return receipt.status.error().code == ErrorCode::Unprocessable ? "unprocessable" : "failed";
        if (receipt.replayed)
            return "replayed";
        return receipt.rejections.empty() ? "ok" : receipt.rejections.front().code;
    }

    SeriesId idOf(const SeriesReader &reader, const std::string &text) const
    {
        const auto selected = reader.select(defaultProject, matchersOf(text), -farMs, farMs);
        for (const SelectedSeries &found : *selected) {
            if (*found.labels == labelsOf(text))
                return found.id;
        }
        return 0;
    }

    std::string samples(const std::string &text)
    {
        const auto reader = m_engine->openReader();
        const SeriesId id = idOf(*reader, text);
        if (id == 0)
            return "none";
        FloatColumns columns;
        if (Status read = reader->readFloats(id, -farMs, farMs, columns); !read)
            return read.error().message;
        std::vector<std::string> words;
        for (size_t i = 0; i < columns.size(); i++)
            words.push_back(std::to_string(columns.timestampsMs[i] - m_startMs) + "=" +
                            textOf(columns.values[i]));
        return join(words);
    }

    std::string total(const std::string &text, int64_t beforeMs)
    {
        const auto reader = m_engine->openReader();
        const auto sum = reader->totalBefore(idOf(*reader, text), beforeMs);
        return sum ? textOf(*sum) : sum.error().message;
    }

    std::string observations(const std::string &text, int64_t beforeMs)
    {
        const auto reader = m_engine->openReader();
        const auto histogram = reader->histogramBefore(idOf(*reader, text), beforeMs);
        return histogram ? textOf(histogram->count()) + " " + textOf(histogram->sum())
                         : histogram.error().message;
    }

    std::string series(const std::string &text)
    {
        const auto reader = m_engine->openReader();
        const auto selected = reader->select(defaultProject, matchersOf(text), -farMs, farMs);
        std::vector<std::string> words;
        for (const SelectedSeries &found : *selected)
            words.push_back(found.labels->toString());
        return join(words);
    }

    void maintain()
    {
        for (int turn = 0; turn < 2; turn++) {
            m_engine->maintain();
            (void)m_engine.store().run([](Backend &) { return Status(); });
        }
    }

    TemporaryEngine m_engine;
    const int64_t m_startMs = m_engine.clock.nowMs();
};

/// What stands behind `=>`, with times as the narrator gives them.
std::string expectationOf(const std::string &text)
{
    std::vector<std::string> words = wordsOf(text);
    for (std::string &word : words) {
        if (word.starts_with('@')) {
            const size_t equals = word.find('=');
            word = std::to_string(durationOf(std::string_view(word).substr(1, equals - 1))) +
                   word.substr(equals);
        }
    }
    return join(words);
}

/// ctest names the source folder; by hand the test is run from there.
std::filesystem::path folder()
{
    const QByteArray source = qgetenv("PLIMSOLL_SOURCE_DIR");
    return std::filesystem::path(source.isEmpty() ? "." : source.constData()) / "tests" / "scenarios";
}

} // namespace

class ScenarioTest : public QObject
{
    Q_OBJECT

    test::PostgresServer m_server;

private Q_SLOTS:
    void initTestCase()
    {
        if (const char *why = test::PostgresServer::whyNot())
            qWarning("%s: stories are told on SQLite only", why);
        else
            QVERIFY2(m_server.start(), m_server.output());
    }

    void tells_data()
    {
        QTest::addColumn<QString>("file");
        QTest::addColumn<bool>("onPostgres");
        for (const auto &entry : std::filesystem::directory_iterator(folder())) {
            const std::string name = entry.path().filename().string();
            if (!name.starts_with("storage-"))
                continue;
            const QString file = QString::fromStdString(entry.path().string());
            QTest::addRow("%s", name.c_str()) << file << false;
            if (m_server.isRunning())
                QTest::addRow("%s on PostgreSQL", name.c_str()) << file << true;
        }
    }

    void tells()
    {
        QFETCH(QString, file);
        QFETCH(bool, onPostgres);
        const auto postgres = [url = m_server.newUrl()](const std::filesystem::path &directory) {
            return std::make_unique<PostgresBackend>(PostgresSettings::parse(url).value(),
                                                     nodeIdentity(directory).value());
        };
        std::ifstream stream(file.toStdString());
        Narrator narrator(onPostgres ? TemporaryEngine::MakeBackend(postgres) : TemporaryEngine::sqlite);
        int number = 0;
        int checked = 0;
        for (std::string line; std::getline(stream, line);) {
            number++;
            if (line.empty() || line.starts_with('#'))
                continue;
            const size_t arrow = line.find("=>");
            const std::string answer = narrator.tell(wordsOf(line.substr(0, arrow)));
            const std::string expected =
                arrow == std::string::npos ? "" : expectationOf(line.substr(arrow + 2));
            checked += arrow != std::string::npos;
            QVERIFY2(answer == expected,
                     ("line " + std::to_string(number) + ": " + line + "\n   got: " + answer).c_str());
        }
        QVERIFY(checked > 0);
    }
};

QTEST_GUILESS_MAIN(ScenarioTest)
#include "ScenarioTest.moc"
