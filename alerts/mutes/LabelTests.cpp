#include "alerts/mutes/LabelTests.h"

#include <re2/re2.h>

#include <algorithm>

namespace plimsoll::alerts {

namespace {

using Op = Matcher::Op;

/// The longer signs first, since they begin like the shorter ones.
constexpr std::array<std::pair<std::string_view, Op>, 4> signs{
    {{"!=", Op::NotEqual}, {"=~", Op::Regex}, {"!~", Op::NotRegex}, {"=", Op::Equal}}};

std::string_view signOf(Op op)
{
    return std::find_if(signs.begin(), signs.end(), [op](const auto &sign) { return sign.second == op; })
        ->first;
}

std::string_view trimmed(std::string_view text)
{
    const size_t begin = text.find_first_not_of(" \t");
    return begin == std::string_view::npos ? std::string_view()
                                           : text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

/// A value as it stands, or in double quotes with \" and \\ in it.
std::optional<std::string> unquoted(std::string_view text)
{
    if (!text.starts_with('"'))
        return std::string(text);
    std::string value;
    for (size_t i = 1; i < text.size(); i++) {
        if (text[i] == '"')
            return i + 1 == text.size() ? std::optional(value) : std::nullopt;
        if (text[i] == '\\' && i + 1 < text.size())
            i++;
        value += text[i];
    }
    return {};
}

std::optional<Matcher> fromText(std::string_view text)
{
    const size_t at = text.find_first_of("=!");
    if (at == std::string_view::npos)
        return {};
    const std::string_view rest = text.substr(at);
    for (const auto &[sign, op] : signs) {
        if (!rest.starts_with(sign))
            continue;
        const auto value = unquoted(trimmed(rest.substr(sign.size())));
        const std::string name(trimmed(text.substr(0, at)));
        return value && !name.empty() ? std::optional(Matcher{name, op, *value}) : std::nullopt;
    }
    return {};
}

/// `op`, or Alertmanager's `isRegex` and `isEqual`.
std::optional<Op> opOf(const QJsonObject &object)
{
    if (!object.contains("op")) {
        const bool equal = object.value("isEqual").toBool(true);
        if (object.value("isRegex").toBool(false))
            return equal ? Op::Regex : Op::NotRegex;
        return equal ? Op::Equal : Op::NotEqual;
    }
    const std::string given = object.value("op").toString().toStdString();
    for (const auto &[sign, op] : signs) {
        if (sign == given)
            return op;
    }
    return {};
}

std::optional<Matcher> fromObject(const QJsonObject &object)
{
    const std::optional<Op> op = opOf(object);
    const std::string name = object.value("name").toString().toStdString();
    if (!op || name.empty() || !object.value("value").isString())
        return {};
    return Matcher{name, *op, object.value("value").toString().toStdString()};
}

} // namespace

LabelTests LabelTests::read(Fields &fields, std::string_view name)
{
    LabelTests tests;
    int index = 0;
    for (const QJsonValue entry : fields.array(name, maxTests)) {
        const std::string place = std::string(name) + "[" + std::to_string(index++) + "]";
        const auto matcher = entry.isString() ? fromText(trimmed(entry.toString().toStdString()))
                                              : fromObject(entry.toObject());
        if (!matcher) {
            fields.fail(place, "is not a condition on a label.",
                        R"(Write {"name":"host","op":"=~","value":"web.*"} or "host=~\"web.*\"".)");
            continue;
        }
        Test test{*matcher, nullptr};
        if (matcher->op == Op::Regex || matcher->op == Op::NotRegex) {
            RE2::Options options;
            options.set_log_errors(false);
            options.set_dot_nl(true);
            options.set_max_mem(1 << 20);
            test.expression = std::make_shared<const RE2>(re2::StringPiece(matcher->value), options);
            if (!test.expression->ok())
                fields.fail(place, "holds no valid regular expression: " + test.expression->error() + ".",
                            "Expressions are in RE2 syntax and match whole values.");
        }
        tests.m_tests.push_back(std::move(test));
    }
    return tests;
}

QJsonArray LabelTests::toJson() const
{
    QJsonArray array;
    for (const Test &test : m_tests) {
        const std::string_view sign = signOf(test.matcher.op);
        array.append(QJsonObject{{"name", QString::fromStdString(test.matcher.name)},
                                 {"op", QString::fromUtf8(sign.data(), qsizetype(sign.size()))},
                                 {"value", QString::fromStdString(test.matcher.value)}});
    }
    return array;
}

bool LabelTests::Test::holds(const Labels &labels) const
{
    const std::string_view value = labels.value(matcher.name);
    const bool negated = matcher.op == Op::NotEqual || matcher.op == Op::NotRegex;
    const bool same = expression ? RE2::FullMatch(re2::StringPiece(value.data(), value.size()), *expression)
                                 : value == matcher.value;
    return same != negated;
}

bool LabelTests::matches(const Labels &labels) const
{
    return std::all_of(m_tests.begin(), m_tests.end(), [&](const Test &test) { return test.holds(labels); });
}

} // namespace plimsoll::alerts
