#include "alerts/Template.h"

#include <QElapsedTimer>
#include <QTest>

using namespace plimsoll;
using namespace plimsoll::alerts;

namespace {

struct Row
{
    const char *text;
    const char *expanded;
};

/// What Prometheus itself makes of these texts.
const Row rows[] = {
    {R"~(plain text, no action)~", R"~(plain text, no action)~"},
    {R"~({{ $labels.a }} and {{ $labels.instance }})~", R"~(x and h1:9100)~"},
    {R"~({{ .Labels.a }} {{ .Value }})~", R"~(x 123.456)~"},
    {R"~({{ $labels.missing }}|)~", R"~(|)~"},
    {R"~({{ $labels }})~", R"~(map[__name__:m a:x b:y z instance:h1:9100])~"},
    {R"~({{$value}})~", R"~(123.456)~"},
    {R"~(a {{- $labels.a -}} b)~", R"~(axb)~"},
    {R"~(a  {{- /* comment */ -}}  b)~", R"~(ab)~"},
    {R"~({{/* comment */}}x)~", R"~(x)~"},
    {R"~({{ if gt $value 1.0 }}big{{ else }}small{{ end }})~", R"~(big)~"},
    {R"~({{ if lt $value 1.0 }}small{{ else if eq $labels.a "x" }}x{{ else }}other{{ end }})~", R"~(x)~"},
    {R"~({{ if and (gt $value 1.0) (eq $labels.a "x") }}both{{ end }})~", R"~(both)~"},
    {R"~({{ if or (eq $labels.a "q") (eq $labels.a "x" "y") }}or{{ end }})~", R"~(or)~"},
    {R"~({{ if not (eq $labels.a "x") }}no{{ else }}yes{{ end }})~", R"~(yes)~"},
    {R"~({{ if $labels.nope }}there{{ else }}not there{{ end }})~", R"~(not there)~"},
    {R"~({{ with $labels.a }}[{{ . }}]{{ end }})~", R"~([x])~"},
    {R"~({{ with $labels.nope }}[{{ . }}]{{ else }}none{{ end }})~", R"~(none)~"},
    {R"~({{ with $x := $labels.a }}{{ $x }}{{ end }})~", R"~(x)~"},
    {R"~({{ $x := 5 }}{{ $x }}{{ $x = 6 }}{{ $x }})~", R"~(56)~"},
    {R"~({{ range query "n" }}{{ .Labels.i }}={{ .Value }} {{ end }})~", R"~(1=3 2=1 10=2 )~"},
    {R"~({{ range $i, $s := query "n" }}{{ $i }}:{{ $s.Labels.i }} {{ end }})~", R"~(0:1 1:2 2:10 )~"},
    {R"~({{ range query "nothing" }}x{{ else }}empty{{ end }})~", R"~(empty)~"},
    {R"~({{ range $n, $v := $labels }}{{ $n }}={{ $v }};{{ end }})~",
     R"~(__name__=m;a=x;b=y z;instance=h1:9100;)~"},
    {R"~({{ range sortByLabel "i" (query "n") }}{{ .Labels.i }} {{ end }})~", R"~(1 10 2 )~"},
    {R"~({{ query "n" | sortByLabel "i" | first | label "i" }})~", R"~(1)~"},
    {R"~({{ query "n{i='2'}" | first | value }})~", R"~(1)~"},
    {R"~({{ query "n" | first | value | humanize }})~", R"~(3)~"},
    {R"~({{ (query "n{i='2'}" | first).Labels.i }})~", R"~(2)~"},
    {R"~({{ with query "n{i='10'}" }}{{ . | first | value | printf "%.2f" }}{{ end }})~", R"~(2.00)~"},
    {R"~({{ len (query "n") }})~", R"~(3)~"},
    {R"~({{ range query "n" }}{{ if eq .Labels.i "10" }}{{ break }}{{ end }}{{ .Labels.i }}{{ end }})~",
     R"~(12)~"},
    {R"~({{ range query "n" }}{{ if eq .Labels.i "10" }}{{ continue }}{{ end }}{{ .Labels.i }}{{ end }})~",
     R"~(12)~"},
    {R"~({{ printf "%.2f" $value }})~", R"~(123.46)~"},
    {R"~({{ $value | printf "%.1f%%" }})~", R"~(123.5%)~"},
    {R"~({{ printf "%s is %v" $labels.a $value }})~", R"~(x is 123.456)~"},
    {R"~({{ printf "%d" 42 }}|{{ printf "%5d|%-5d|%05d|%+d" 42 42 42 42 }})~",
     R"~(42|   42|42   |00042|+42)~"},
    {R"~({{ printf "%x %X %o %b %c %q %U" 255 255 8 5 65 65 8364 }})~", R"~(ff FF 10 101 A 'A' U+20AC)~"},
    {R"~({{ printf "%e|%g|%8.3f|%-8.1f|%+.1f|%08.2f" 1234.5678 1234.5678 1234.5678 1234.5678 1234.5678 1234.5678 }})~",
     R"~(1.234568e+03|1234.5678|1234.568|1234.6  |+1234.6|01234.57)~"},
    {R"~({{ printf "%s|%10s|%-10s|%.2s|%q|%x" "abc" "abc" "abc" "abc" "a\"b" "abc" }})~",
     R"~(abc|       abc|abc       |ab|"a\"b"|616263)~"},
    {R"~({{ printf "%t %v %T %T %T" true false "x" 1 1.5 }})~", R"~(true false string int float64)~"},
    {R"~({{ printf "%d %s" "x" 1 }})~", R"~(%!d(string=x) %!s(int=1))~"},
    {R"~({{ printf "%d" }}|{{ printf "x" 1 "b" }}|{{ printf "%!" }}|{{ printf "%z" 1 }})~",
     R"~(%!d(MISSING)|x%!(EXTRA int=1, string=b)|%!!(MISSING)|%!z(int=1))~"},
    {R"~({{ printf "%*d|%.*f" 5 42 2 3.14159 }})~", R"~(   42|3.14)~"},
    {R"~({{ printf "100%%" }})~", R"~(100%)~"},
    {R"~({{ printf "%v %v %v" $labels 1e6 100000000 }})~",
     R"~(map[__name__:m a:x b:y z instance:h1:9100] 1e+06 100000000)~"},
    {R"~({{ printf "%6.2f" -1.5 }}{{ printf "% d" 5 }})~", R"~( -1.50 5)~"},
    {R"~({{ printf "%q" "tab\tnl\nü" }})~", R"~("tab\tnl\nü")~"},
    {R"~({{ print 1 2 "a" "b" 3 }} {{ println "x" 1 }})~",
     R"~(1 2ab3 x 1
)~"},
    {R"~({{ html "<a href='x'>&\"" }} {{ urlquery "a b&c=ü" }} {{ js "it's <b>" }})~",
     R"~(&lt;a href=&#39;x&#39;&gt;&amp;&#34; a+b%26c%3D%C3%BC it\'s \u003Cb\u003E)~"},
    {R"~({{ 1 }} {{ -1 }} {{ 1.5 }} {{ 1e3 }} {{ 0x1F }} {{ 1_000 }} {{ 'a' }} {{ "q" }} {{ `raw "x"` }} {{ true }})~",
     R"~(1 -1 1.5 1000 31 1000 97 q raw "x" true)~"},
    {R"~({{ "a\tb\"c\\ \u00e9 \x41 \101" }})~", R"~(a	b"c\ é A A)~"},
    {R"~({{ index $labels "a" }} {{ index $labels "nope" }}| {{ index "abc" 1 }})~", R"~(x | 98)~"},
    {R"~({{ slice "abcdef" 2 4 }} {{ slice "abcdef" 3 }} {{ len "abc" }})~", R"~(cd def 3)~"},
    {R"~({{ humanize 0.0 }} {{ humanize 1.0 }} {{ humanize 1234567.0 }} {{ humanize 0.00012345 }} {{ humanize -1234.5 }} {{ humanize 1e30 }})~",
     R"~(0 1 1.235M 123.4u -1.234k 1e+06Y)~"},
    {R"~({{ humanize1024 0.0 }} {{ humanize1024 1048576.0 }} {{ humanize1024 1.0 }} {{ humanize1024 1500.0 }} {{ humanize1024 0.001 }} {{ humanize1024 1e12 }})~",
     R"~(0 1Mi 1 1.465ki 0.001 931.3Gi)~"},
    {R"~({{ humanizeDuration 0.0 }} {{ humanizeDuration 1.0 }} {{ humanizeDuration 61.5 }} {{ humanizeDuration 3600.0 }} {{ humanizeDuration 86400.0 }} {{ humanizeDuration -90.0 }} {{ humanizeDuration 0.0123 }} {{ humanizeDuration 1.2345678 }} {{ humanizeDuration 1e8 }})~",
     R"~(0s 1s 1m 1s 1h 0m 0s 1d 0h 0m 0s -1m 30s 12.3ms 1.235s 1157d 9h 46m 40s)~"},
    {R"~({{ humanizeDuration "61" }} {{ humanizeDuration 61 }} {{ humanizePercentage "0.5" }} {{ humanize 5 }})~",
     R"~(1m 1s 1m 1s 50% 5)~"},
    {R"~({{ humanizePercentage 0.12345 }} {{ humanizePercentage 1.0 }} {{ humanizePercentage 0.0 }})~",
     R"~(12.35% 100% 0%)~"},
    {R"~({{ humanizeTimestamp 1435065584.128 }} {{ humanizeTimestamp 0.0 }} {{ humanizeTimestamp 1.5 }})~",
     R"~(2015-06-23 13:19:44.128 +0000 UTC 1970-01-01 00:00:00 +0000 UTC 1970-01-01 00:00:01.5 +0000 UTC)~"},
    {R"~({{ toTime 1435065584.128 }})~", R"~(2015-06-23 13:19:44.128 +0000 UTC)~"},
    {R"~({{ title "hello wORLD-foo bar_baz it's" }} {{ toUpper "aBü" }} {{ toLower "AbÜ" }})~",
     R"~(Hello WORLD-Foo Bar_baz It'S ABÜ abü)~"},
    {R"~({{ match "^a.*z$" "abcz" }} {{ match "b" "abc" }} {{ match "^b" "abc" }})~", R"~(true true false)~"},
    {R"~({{ reReplaceAll "(.*):.*" "$1" $labels.instance }} {{ reReplaceAll "(\\d+)" "<$1>" "a1b22c" }} {{ reReplaceAll "a*" "X" "baac" }} {{ reReplaceAll "(?P<w>\\w+)" "${w}!" "ab cd" }} {{ reReplaceAll "x" "$0$$y" "axb" }} {{ reReplaceAll "(a)" "$1x" "a" }})~",
     R"~(h1 a<1>b<22>c XbXcX ab! cd! ax$yb )~"},
    {R"~({{ $labels.instance | reReplaceAll ":.*" "" | toUpper }})~", R"~(H1)~"},
    {R"~({{ stripPort "h.example:9100" }} {{ stripPort "[::1]:80" }} {{ stripPort "noport" }} {{ stripDomain "h.example.com:9100" }} {{ stripDomain "h.example.com" }} {{ stripDomain "10.0.0.1:80" }})~",
     R"~(h.example ::1 noport h:9100 h 10.0.0.1:80)~"},
    {R"~({{ parseDuration "1h30m" }} {{ parseDuration "1h" | humanizeDuration }})~", R"~(5400 1h 0m 0s)~"},
    {R"~({{ tableLink "up{a=\"b\"}" }} {{ graphLink "m > 1" }})~",
     R"~(/graph?g0.expr=up%7Ba%3D%22b%22%7D&g0.tab=1 /graph?g0.expr=m+%3E+1&g0.tab=0)~"},
    {R"~({{ safeHtml "<b>" }})~", R"~(<b>)~"},
    {R"~({{ define "t" }}[{{ . }}]{{ end }}{{ template "t" 5 }}{{ template "t" $labels.a }})~",
     R"~([5][x])~"},
    {R"~({{ define "u" }}{{ .arg0 }}-{{ .arg1 }}-{{ .arg2 }}{{ end }}{{ template "u" (args 1 "b") }})~",
     R"~(1-b-<no value>)~"},
    {R"~({{ define "v" }}{{ range . }}{{ .Value }};{{ end }}{{ end }}{{ template "v" (query "n") }})~",
     R"~(3;1;2;)~"},
    {R"~({{ block "w" $value }}<{{ . }}>{{ end }})~", R"~(<123.456>)~"},
    {R"~({{ eq 1 1 }} {{ ne "a" "b" }} {{ lt 1 2 }} {{ le 2.0 2.0 }} {{ ge "b" "a" }} {{ eq true true }})~",
     R"~(true true true true true true)~"},
    {R"~({{ and 1 0 }} {{ and 1 2 }} {{ or 0 "" "x" }} {{ or 0 "" }}| {{ not 0 }})~", R"~(0 2 x | true)~"},
    {R"~({{ $externalURL }}|{{ $externalLabels }}|{{ .ExternalLabels.x }})~", R"~(|map[]|)~"},
    {R"~({{ if $value }}{{ if $labels.a }}nested{{ end }}{{ end }})~", R"~(nested)~"},
    {R"~({{ range $i, $e := query "n" }}{{ if $i }}, {{ end }}{{ $e.Labels.i }}{{ end }})~", R"~(1, 2, 10)~"},
    {R"~({{ with query "n" }}{{ range . }}{{ .Value }}{{ end }}{{ end }})~", R"~(312)~"},
    {R"~({{ (index (query "n") 0).Value }})~", R"~(3)~"},
    {R"~({{ $x := query "n" | first }}{{ $x.Labels.i }}/{{ $x.Value }})~", R"~(1/3)~"},
    {R"~({{ ($value) }} {{ (printf "%s" "y") }})~", R"~(123.456 y)~"},
    {R"~({{"{{"}} literal {{"}}"}})~", R"~({{ literal }})~"},
    {R"~(}} alone)~", R"~(}} alone)~"},
    {R"~({{ $labels.a | printf "%s-%s" "p" | title }})~", R"~(P-X)~"},
};

/// Texts that are wrong, and what is said of them.
const Row wrongRows[] = {
    {"{{ $labels.a", "1:1: unclosed action"},
    {"a\nb {{ nope 1 }}", "2:6: function \"nope\" not defined"},
    {"{{ $nope }}", "1:4: undefined variable \"$nope\""},
    {"{{ if true }}x", "1:1: {{end}} is missing"},
    {"{{ end }}", "1:4: unexpected {{end}}"},
    {"{{ else }}", "1:4: unexpected {{else}}"},
    {"{{ }}", "1:4: missing value for a command"},
    {"{{ \"abc }}", "1:4: unterminated quoted string"},
    {"{{ `abc }}", "1:4: unterminated raw quoted string"},
    {"{{/* never ends", "1:1: unclosed comment"},
    {"{{ 1x }}", "1:4: bad number syntax: \"1x\""},
    {"{{ (1 }}", "1:7: unexpected end of the action in parentheses"},
    {"{{ 1) }}", "1:5: unexpected \")\" in an action"},
    {"{{ 1 2 }}", "1:4: can't give argument to non-function 1"},
    {"{{ nil }}", "1:4: nil is not a command"},
    {"{{ 1 | 2 }}", "1:8: non executable command 2 in a pipeline"},
    {"{{ 1 | }}", "1:8: missing command in a pipeline"},
    {"{{ break }}", "1:4: {{break}} outside {{range}}"},
    {"{{ \"x\".y }}", "1:7: unexpected \".y\" in an operand"},
    {"{{ $x, $y := 1 }}", "1:4: too many declarations"},
    {"{{ $x = 1 }}", "1:4: undefined variable \"$x\""},
    {"{{ define \"a\" }}{{ $labels.x }}{{ end }}", "1:20: undefined variable \"$labels\""},
    {"{{ define x }}{{ end }}", "1:11: unexpected \"x\" in a {{define}}"},
    {"{{ if true }}{{ else }}{{ else }}{{ end }}", "1:27: unexpected {{else}}"},
    {"{{ & }}", "1:4: unexpected \"&\" in an action"},
    {"{{ \"\\q\" }}", "1:5: invalid escape in a string"},
    {"{{ 'ab' }}", "1:4: unterminated character constant"},
    {"{{ with $x := 1 }}{{ end }}{{ $x }}", "1:31: undefined variable \"$x\""},
};

/// Texts that are right but cannot be expanded here.
const Row failingRows[] = {
    {"{{ query \"nothing\" | first }}",
     "1:22: at <first>: error calling first: first() called on vector with no elements"},
    {"{{ .Nope }}",
     "1:4: at <.Nope>: can't evaluate field Nope; there is ExternalLabels, ExternalURL, Labels, Value"},
    {"{{ .Labels.a.b }}", "1:4: at <.Labels.a.b>: can't evaluate field b in type string"},
    {"{{ humanize \"abc\" }}",
     "1:4: at <humanize>: error calling humanize: parsing \"abc\": it is not a number"},
    {"{{ humanize }}", "1:4: at <humanize>: wrong number of args for humanize: want 1 got 0"},
    {"{{ printf 1 }}",
     "1:4: at <printf>: error calling printf: wrong type for value; expected string; got int"},
    {"{{ template \"none\" }}", "1:4: template \"none\" not defined"},
    {"{{ range $value }}{{ end }}", "1:4: range can't iterate over 123.456"},
    {"{{ match \"(\" \"x\" }}", "1:4: at <match>: error calling match: error parsing regexp: missing ): ("},
    {"{{ query \"n(\" }}", "1:4: at <query>: error calling query: bad query"},
    {"{{ index (query \"n\") 9 }}", "1:4: at <index>: error calling index: index out of range: 9"},
    {"{{ eq $labels.a 1 }}",
     "1:4: at <eq>: error calling eq: incompatible types for comparison: string and int"},
    {"{{ define \"a\" }}{{ template \"a\" }}{{ end }}{{ template \"a\" }}",
     "1:20: templates call each other too deeply"},
    {"{{ range 100000 }}{{ range 100000 }}{{ end }}{{ end }}", "1:22: the template takes too many steps"},
    {"{{ range 100000 }}0123456789{{ end }}", "1:19: the text is longer than 65536 bytes"},
    {"{{ $x := \"0123456789\" }}{{ range 1000 }}{{ $x = print $x $x }}{{ end }}",
     "1:49: at <print>: the text became too long"},
};

TemplateData data()
{
    TemplateData data;
    data.labels = {{"__name__", "m"}, {"a", "x"}, {"b", "y z"}, {"instance", "h1:9100"}};
    data.value = 123.456;
    data.query = [](const std::string &expr) -> Result<std::vector<TemplateSample>> {
        const std::vector<TemplateSample> all{{{{"__name__", "n"}, {"i", "1"}}, 3},
                                              {{{"__name__", "n"}, {"i", "2"}}, 1},
                                              {{{"__name__", "n"}, {"i", "10"}}, 2}};
        if (expr == "n")
            return all;
        if (expr == "nothing")
            return std::vector<TemplateSample>();
        if (expr == "n{i='2'}" || expr == "n{i='10'}")
            return std::vector<TemplateSample>{all[expr == "n{i='2'}" ? 1 : 2]};
        return Error{ErrorCode::Invalid, "bad query", {}};
    };
    return data;
}

} // namespace

/// The language of the templates in rules, held against what Prometheus makes of the same texts.
class TemplateTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void expands_data() { addRows(rows); }
    void expands()
    {
        QFETCH(QString, text);
        QFETCH(QString, expected);
        QCOMPARE(QString::fromStdString(expandTemplate(text.toStdString(), data())), expected);
    }

    void tellsWhatIsWrong_data() { addRows(wrongRows); }
    void tellsWhatIsWrong()
    {
        QFETCH(QString, text);
        QFETCH(QString, expected);
        const Result<Template> parsed = Template::parse(text.toStdString());
        QVERIFY(!parsed);
        QCOMPARE(QString::fromStdString(parsed.error().message), expected);
        QCOMPARE(QString::fromStdString(expandTemplate(text.toStdString(), data())),
                 "<error expanding template: " + expected + ">");
    }

    void tellsWhatFails_data() { addRows(failingRows); }
    void tellsWhatFails()
    {
        QFETCH(QString, text);
        QFETCH(QString, expected);
        const Result<Template> parsed = Template::parse(text.toStdString());
        QVERIFY2(parsed.ok(), parsed ? "" : parsed.error().message.c_str());
        const Result<std::string> expanded = parsed->expand(data());
        QVERIFY2(!expanded, expanded ? expanded->c_str() : "");
        QCOMPARE(QString::fromStdString(expanded.error().message), expected);
    }

    /// Prometheus 2.42 does not have these yet, and refuses to compare 123.456 with 1.
    void goesBeyondAnOldPrometheus()
    {
        QCOMPARE(expandTemplate("{{ toDuration 3661.5 }}", data()), "1h1m1.5s");
        QCOMPARE(expandTemplate("{{ gt $value 1 }}", data()), "true");
        QCOMPARE(expandTemplate("{{ tmpl \"x\" $labels.a }}{{ define \"x\" }}({{ . }}){{ end }}", data()),
                 "(x)");
        QCOMPARE(expandTemplate("{{ urlQueryEscape \"a b\" }}", data()), "a+b");
        TemplateData there = data();
        there.externalUrl = "https://host/plimsoll";
        there.nowMs = 1500;
        QCOMPARE(expandTemplate("{{ externalURL }} {{ pathPrefix }} {{ now }}", there),
                 "https://host/plimsoll /plimsoll 1.5");
    }

    void valuesThatAreNotNumbersPrint()
    {
        TemplateData odd = data();
        odd.value = std::numeric_limits<double>::quiet_NaN();
        const std::string all = "{{ $value }} {{ humanize $value }} {{ humanizeDuration $value }} "
                                "{{ humanizePercentage $value }} {{ humanizeTimestamp $value }}";
        QCOMPARE(expandTemplate(all, odd), "NaN NaN NaN NaN% NaN");
        odd.value = -std::numeric_limits<double>::infinity();
        QCOMPARE(expandTemplate(all, odd), "-Inf -Inf -Inf -Inf% -Inf");
        odd.value = 1e300;
        QVERIFY(expandTemplate("{{ toTime $value }}", odd).find("overflows") != std::string::npos);
    }

    void knowsWhetherItAsks()
    {
        QVERIFY(!templatesUseQueries({{"a", "the query {{ $value }}"}}));
        QVERIFY(templatesUseQueries({{"a", "x"}, {"b", "{{ with query \"n\" }}{{ . }}{{ end }}"}}));
    }

    /// Deep nesting, long texts and random bytes end, and end soon.
    void endsWhateverItIsGiven()
    {
        std::string deep;
        for (int i = 0; i < 10'000; i++)
            deep += "{{ if true }}";
        QVERIFY(!Template::parse(deep));
        QVERIFY(!Template::parse("{{ " + std::string(100'000, '(')));
        quint32 state = 1;
        const std::string_view alphabet = "{{}}$.|()\"` abif end range-/*:=,0x1'\\\n";
        for (int round = 0; round < 20'000; round++) {
            std::string text = "{{ ";
            for (int i = 0; i < 24; i++) {
                state = state * 1664525U + 1013904223U;
                text.push_back(alphabet[(state >> 16) % alphabet.size()]);
            }
            expandTemplate(text + " }}", data());
        }
    }

private:
    template<size_t count>
    static void addRows(const Row (&table)[count])
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("expected");
        for (const Row &row : table)
            QTest::newRow(row.text) << QString::fromUtf8(row.text) << QString::fromUtf8(row.expanded);
    }
};

QTEST_GUILESS_MAIN(TemplateTest)
#include "TemplateTest.moc"
