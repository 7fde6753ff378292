#include "alerts/templates/Parser.h"

#include "alerts/templates/Functions.h"
#include "alerts/templates/GoText.h"
#include "alerts/templates/Lexer.h"

#include <algorithm>
#include <charconv>
#include <optional>

namespace plimsoll::alerts::templates {

namespace {

using Kind = Token::Kind;

constexpr int maxDepth = 64;

/// "0x1F", "1_000", "-3": nothing where it is not a whole number of 64 bits.
std::optional<int64_t> wholeNumber(std::string_view digits)
{
    const bool negative = digits.starts_with('-');
    if (negative || digits.starts_with('+'))
        digits.remove_prefix(1);
    int base = 10;
    for (const auto &[prefix, of] :
         {std::pair("0x", 16), std::pair("0X", 16), std::pair("0b", 2), std::pair("0o", 8)}) {
        if (digits.starts_with(prefix)) {
            base = of;
            digits.remove_prefix(2);
            break;
        }
    }
    if (digits.empty() || digits.starts_with('-'))
        return {};
    int64_t number = 0;
    const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), number, base);
    if (failure != std::errc() || end != digits.data() + digits.size())
        return {};
    return negative ? -number : number;
}

std::optional<Value> numberOf(std::string written)
{
    std::erase(written, '_');
    if (const std::optional<int64_t> whole = wholeNumber(written))
        return Value(*whole);
    std::string_view digits = written;
    if (digits.starts_with('+'))
        digits.remove_prefix(1);
    double number = 0;
    const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (digits.starts_with('+') || failure != std::errc() || end != digits.data() + digits.size() ||
        digits.find_first_not_of("0123456789.eE+-") != std::string_view::npos)
        return {};
    return Value(number);
}

int64_t characterOf(const std::string &text)
{
    if (text.size() == 1)
        return uint8_t(text[0]);
    int64_t character = uint8_t(text[0]) & (0xff >> (text.size() + 1));
    for (size_t i = 1; i < text.size(); i++)
        character = character << 6 | (uint8_t(text[i]) & 0x3f);
    return character;
}

class Parsing
{
public:
    Parsing(std::string_view source, std::vector<Piece> pieces)
        : m_source(source)
        , m_pieces(std::move(pieces))
    {
    }

    Result<Syntax> run()
    {
        m_variables = {"$", "$labels", "$externalLabels", "$externalURL", "$value"};
        const Status parsed = list(m_syntax.main, Ends::Nothing);
        return parsed ? Result<Syntax>(std::move(m_syntax)) : Result<Syntax>(parsed.error());
    }

private:
    enum class Ends { Nothing, End, EndOrElse };

    Error wrong(size_t at, const std::string &problem) const
    {
        return {ErrorCode::Invalid, placeIn(m_source, at) + ": " + problem, {}};
    }
    Error unexpected(const Token &token, const char *where) const
    {
        const std::string_view written = m_source.substr(token.begin, token.end - token.begin);
        return wrong(token.begin, token.kind == Kind::End
                                      ? std::string("unexpected end of the action in ") + where
                                      : "unexpected " + goQuoted(written) + " in " + where);
    }

    const Token &token() const { return m_pieces[m_piece].tokens[m_token]; }
    bool at(Kind kind) const { return token().kind == kind; }
    void step() { m_token++; }
    std::string keyword() const
    {
        return at(Kind::Identifier) ? m_pieces[m_piece].tokens[m_token].text : std::string();
    }
    void nextPiece()
    {
        m_piece++;
        m_token = 0;
    }
    Status endOfAction(const char *where)
    {
        if (!at(Kind::End))
            return unexpected(token(), where);
        nextPiece();
        return {};
    }

    /// Nodes up to the end of the template, or to {{end}} or {{else}}, whose keyword is then the current one.
    Status list(Nodes &nodes, Ends ends)
    {
        const size_t opened = m_piece > 0 ? m_pieces[m_piece - 1].begin : 0;
        while (m_piece < m_pieces.size()) {
            if (!m_pieces[m_piece].action) {
                Node node;
                node.text = std::move(m_pieces[m_piece].text);
                node.place = placeIn(m_source, m_pieces[m_piece].begin);
                nodes.push_back(std::move(node));
                nextPiece();
                continue;
            }
            const std::string word = keyword();
            if (word == "end" || word == "else") {
                if (ends == Ends::Nothing || (ends == Ends::End && word == "else"))
                    return wrong(token().begin, "unexpected {{" + word + "}}");
                return {};
            }
            if (Status read = action(nodes, word); !read)
                return read;
        }
        if (ends != Ends::Nothing)
            return wrong(opened, "{{end}} is missing");
        return {};
    }

    Status action(Nodes &nodes, const std::string &word)
    {
        if (word == "define")
            return define();
        Node node;
        node.place = placeIn(m_source, token().begin);
        const Status read = simple(node, word);
        if (read)
            nodes.push_back(std::move(node));
        return read;
    }

    Status simple(Node &node, const std::string &word)
    {
        if (word == "if" || word == "with" || word == "range")
            return control(node, word);
        if (word == "template" || word == "block")
            return call(node, word == "block");
        if (word == "break" || word == "continue") {
            if (m_ranges == 0)
                return wrong(token().begin, "{{" + word + "}} outside {{range}}");
            node.kind = word == "break" ? Node::Kind::Break : Node::Kind::Continue;
            step();
            return endOfAction("a {{break}}");
        }
        node.kind = Node::Kind::Action;
        if (Status read = pipe(node.pipe, Kind::End, false); !read)
            return read;
        return endOfAction("an action");
    }

    Status control(Node &node, const std::string &word)
    {
        if (++m_depth > maxDepth)
            return wrong(token().begin, "nested too deeply");
        node.kind = word == "if" ? Node::Kind::If : word == "with" ? Node::Kind::With : Node::Kind::Range;
        step();
        const size_t scope = m_variables.size();
        Status read = pipe(node.pipe, Kind::End, word == "range");
        if (read)
            read = endOfAction(word == "range" ? "a range" : "a condition");
        m_ranges += word == "range" ? 1 : 0;
        if (read)
            read = list(node.body, Ends::EndOrElse);
        m_ranges -= word == "range" ? 1 : 0;
        if (read && keyword() == "else")
            read = alternative(node, word);
        else if (read)
            read = closing();
        m_variables.resize(scope);
        m_depth--;
        return read;
    }

    Status closing()
    {
        step();
        return endOfAction("an {{end}}");
    }

    /// {{else}}, and {{else if …}} whose {{end}} is that of the whole.
    Status alternative(Node &node, const std::string &word)
    {
        step();
        if (keyword() == word && word != "range") {
            Node inner;
            inner.place = placeIn(m_source, token().begin);
            const Status read = control(inner, word);
            if (read)
                node.otherwise.push_back(std::move(inner));
            return read;
        }
        if (Status ended = endOfAction("an {{else}}"); !ended)
            return ended;
        if (Status read = list(node.otherwise, Ends::End); !read)
            return read;
        return closing();
    }

    Status readName(std::string &name, const char *where)
    {
        step();
        if (!at(Kind::Text))
            return unexpected(token(), where);
        name = token().text;
        step();
        return {};
    }

    /// The body of a definition, which sees no variable of the template around it.
    Status definition(const std::string &name, size_t begin)
    {
        if (++m_depth > maxDepth)
            return wrong(begin, "nested too deeply");
        std::vector<std::string> outer = std::exchange(m_variables, {"$"});
        const int ranges = std::exchange(m_ranges, 0);
        Nodes body;
        Status read = list(body, Ends::End);
        if (read)
            read = closing();
        m_variables = std::move(outer);
        m_ranges = ranges;
        m_depth--;
        if (read && !m_syntax.definitions.emplace(name, std::move(body)).second)
            return wrong(begin, "template " + goQuoted(name) + " is defined twice");
        return read;
    }

    Status define()
    {
        const size_t begin = token().begin;
        std::string name;
        if (Status read = readName(name, "a {{define}}"); !read)
            return read;
        if (Status ended = endOfAction("a {{define}}"); !ended)
            return ended;
        return definition(name, begin);
    }

    Status call(Node &node, bool defines)
    {
        const size_t begin = token().begin;
        node.kind = Node::Kind::Template;
        if (Status read = readName(node.text, "a {{template}}"); !read)
            return read;
        if (!at(Kind::End)) {
            if (Status read = pipe(node.pipe, Kind::End, false); !read)
                return read;
        }
        if (Status ended = endOfAction("a {{template}}"); !ended)
            return ended;
        return defines ? definition(node.text, begin) : Status();
    }

    Status pipe(std::shared_ptr<const Pipe> &into, Kind end, bool ofRange)
    {
        if (++m_depth > maxDepth)
            return wrong(token().begin, "nested too deeply");
        auto made = std::make_shared<Pipe>();
        if (Status read = variables(*made, ofRange); !read)
            return read;
        do {
            Command command;
            if (Status read = this->command(command, made->commands.empty()); !read)
                return read;
            made->commands.push_back(std::move(command));
        } while (at(Kind::Bar) && (step(), true));
        if (!at(end))
            return unexpected(token(), end == Kind::Right ? "parentheses" : "an action");
        for (const std::string &name : made->variables) {
            if (made->declares)
                m_variables.push_back(name);
        }
        into = std::move(made);
        m_depth--;
        return {};
    }

    /// "$x :=", "$x =" and, in a range, "$i, $x :=".
    Status variables(Pipe &pipe, bool ofRange)
    {
        const std::vector<Token> &tokens = m_pieces[m_piece].tokens;
        size_t at = m_token;
        std::vector<std::string> names;
        while (tokens[at].kind == Kind::Variable) {
            names.push_back(tokens[at++].text);
            if (tokens[at].kind != Kind::Comma)
                break;
            at++;
        }
        if (names.empty() || (tokens[at].kind != Kind::Declare && tokens[at].kind != Kind::Assign))
            return {};
        if (names.size() > (ofRange ? 2U : 1U))
            return wrong(token().begin, "too many declarations");
        pipe.declares = tokens[at].kind == Kind::Declare;
        for (const std::string &name : names) {
            if (!pipe.declares && !known(name))
                return wrong(token().begin, "undefined variable " + goQuoted(name));
        }
        pipe.variables = std::move(names);
        m_token = at + 1;
        return {};
    }

    bool known(const std::string &variable) const
    {
        return std::find(m_variables.begin(), m_variables.end(), variable) != m_variables.end();
    }

    Status command(Command &command, bool first)
    {
        const Token begin = token();
        while (!at(Kind::End) && !at(Kind::Right) && !at(Kind::Bar)) {
            Operand operand;
            if (Status read = this->operand(operand); !read)
                return read;
            command.operands.push_back(std::move(operand));
        }
        if (command.operands.empty())
            return wrong(begin.begin, at(Kind::Bar) || !first ? "missing command in a pipeline"
                                                              : "missing value for a command");
        const Operand &head = command.operands.front();
        const bool calls = head.kind == Operand::Kind::Function;
        if (!first && head.kind == Operand::Kind::Constant)
            return wrong(begin.begin, "non executable command " + head.written + " in a pipeline");
        if (head.kind == Operand::Kind::Constant && head.constant.isNothing())
            return wrong(begin.begin, "nil is not a command");
        if (!calls && head.fields.empty() && command.operands.size() > 1)
            return wrong(begin.begin, "can't give argument to non-function " + head.written);
        return {};
    }

    Status operand(Operand &operand)
    {
        const Token begin = token();
        operand.place = placeIn(m_source, begin.begin);
        if (Status read = head(operand); !read)
            return read;
        while (at(Kind::Field) && !token().spaced) {
            if (operand.kind == Operand::Kind::Constant)
                return unexpected(token(), "an operand");
            operand.fields.push_back(token().text);
            step();
        }
        const size_t end = m_pieces[m_piece].tokens[m_token - 1].end;
        operand.written = m_source.substr(begin.begin, end - begin.begin);
        return {};
    }

    Status head(Operand &operand)
    {
        const Token head = token();
        switch (head.kind) {
        case Kind::Identifier:
            step();
            return word(operand, head);
        case Kind::Field:
            step();
            operand.fields.push_back(head.text);
            return {};
        case Kind::Dot:
            step();
            return {};
        case Kind::Variable:
            step();
            operand.kind = Operand::Kind::Variable;
            operand.name = head.text;
            return known(head.text) ? Status()
                                    : Status(wrong(head.begin, "undefined variable " + goQuoted(head.text)));
        case Kind::Number:
        case Kind::Text:
        case Kind::Character:
            step();
            return constant(operand, head);
        case Kind::Left: {
            step();
            operand.kind = Operand::Kind::Pipe;
            if (Status read = pipe(operand.pipe, Kind::Right, false); !read)
                return read;
            step();
            return {};
        }
        default:
            return unexpected(head, "an operand");
        }
    }

    Status word(Operand &operand, const Token &head)
    {
        if (head.text == "true" || head.text == "false" || head.text == "nil") {
            operand.kind = Operand::Kind::Constant;
            operand.constant = head.text == "nil" ? Value() : Value(head.text == "true");
            return {};
        }
        operand.kind = Operand::Kind::Function;
        operand.name = head.text;
        m_syntax.queries = m_syntax.queries || head.text == "query";
        return findFunction(head.text)
                   ? Status()
                   : Status(wrong(head.begin, "function " + goQuoted(head.text) + " not defined"));
    }

    Status constant(Operand &operand, const Token &head)
    {
        operand.kind = Operand::Kind::Constant;
        if (head.kind == Kind::Text) {
            operand.constant = head.text;
            return {};
        }
        if (head.kind == Kind::Character) {
            if (head.text.empty() || utf8Length(head.text) != head.text.size())
                return wrong(head.begin, "malformed character constant");
            operand.constant = characterOf(head.text);
            return {};
        }
        const std::optional<Value> number = numberOf(head.text);
        if (!number)
            return wrong(head.begin, "bad number syntax: " + goQuoted(head.text));
        operand.constant = *number;
        return {};
    }

    std::string_view m_source;
    std::vector<Piece> m_pieces;
    size_t m_piece = 0;
    size_t m_token = 0;
    int m_depth = 0;
    int m_ranges = 0;
    std::vector<std::string> m_variables;
    Syntax m_syntax;
};

} // namespace

Result<Syntax> parseTemplate(std::string_view source)
{
    Result<std::vector<Piece>> pieces = cutTemplate(source);
    if (!pieces)
        return pieces.error();
    return Parsing(source, std::move(pieces).value()).run();
}

} // namespace plimsoll::alerts::templates
