#include "alerts/templates/Executor.h"

#include "alerts/templates/GoText.h"

namespace plimsoll::alerts::templates {

namespace {

constexpr size_t maxOutput = 64 * 1024;
constexpr size_t maxText = 1024 * 1024; ///< of one value on the way
constexpr int maxSteps = 200'000;
constexpr int maxDepth = 64;

class Execution
{
public:
    Execution(const Syntax &syntax, const Surroundings &surroundings)
        : m_syntax(syntax)
        , m_surroundings(surroundings)
    {
    }

    Result<std::string> run(const Value &dot)
    {
        m_variables = {{"$", dot}};
        for (const auto &[variable, field] :
             {std::pair("$labels", "Labels"), std::pair("$externalLabels", "ExternalLabels"),
              std::pair("$externalURL", "ExternalURL"), std::pair("$value", "Value")}) {
            m_variables.emplace_back(variable, dot.table()->entries.at(field));
        }
        const Result<Flow> flow = nodes(m_syntax.main, dot);
        return flow ? Result<std::string>(std::move(m_text)) : Result<std::string>(flow.error());
    }

private:
    enum class Flow { Next, Break, Continue };

    static Error wrong(const std::string &place, const std::string &problem)
    {
        return {ErrorCode::Invalid, place + ": " + problem, {}};
    }
    static Error wrong(const Operand &operand, const std::string &problem)
    {
        return wrong(operand.place, "at <" + operand.written + ">: " + problem);
    }

    static Error tooLong(const std::string &place)
    {
        return wrong(place, "the template takes too many steps");
    }

    Result<Flow> nodes(const Nodes &list, const Value &dot)
    {
        for (const Node &node : list) {
            if (++m_steps > maxSteps)
                return tooLong(node.place);
            const Result<Flow> flow = this->node(node, dot);
            if (!flow || *flow != Flow::Next)
                return flow;
        }
        return Flow::Next;
    }

    Result<Flow> node(const Node &node, const Value &dot)
    {
        switch (node.kind) {
        case Node::Kind::Text:
            return append(node.text, node.place);
        case Node::Kind::Action:
            return action(node, dot);
        case Node::Kind::If:
        case Node::Kind::With:
            return branch(node, dot);
        case Node::Kind::Range:
            return range(node, dot);
        case Node::Kind::Template:
            return invoke(node, dot);
        case Node::Kind::Break:
            return Flow::Break;
        case Node::Kind::Continue:
            return Flow::Continue;
        }
        return Flow::Next;
    }

    Result<Flow> append(const std::string &text, const std::string &place)
    {
        if (m_text.size() + text.size() > maxOutput)
            return wrong(place, "the text is longer than " + std::to_string(maxOutput) + " bytes");
        m_text.append(text);
        return Flow::Next;
    }

    Result<Flow> action(const Node &node, const Value &dot)
    {
        const Result<Value> value = pipe(*node.pipe, dot);
        if (!value)
            return value.error();
        if (!node.pipe->variables.empty())
            return Flow::Next;
        return append(value->isNothing() ? "<no value>" : value->print(), node.place);
    }

    Result<Flow> branch(const Node &node, const Value &dot)
    {
        const size_t scope = m_variables.size();
        const Result<Value> value = pipe(*node.pipe, dot);
        if (!value)
            return value.error();
        const bool is = value->isTrue();
        const Value &inner = is && node.kind == Node::Kind::With ? *value : dot;
        const Result<Flow> flow = nodes(is ? node.body : node.otherwise, inner);
        m_variables.resize(scope);
        return flow;
    }

    Result<Flow> range(const Node &node, const Value &dot)
    {
        const size_t scope = m_variables.size();
        const Result<Value> value = pipe(*node.pipe, dot);
        if (!value)
            return value.error();
        const Result<std::vector<std::pair<Value, Value>>> items = itemsOf(*value, node.place);
        if (!items)
            return items.error();
        m_steps += int(items->size());
        Result<Flow> flow = m_steps > maxSteps ? Result<Flow>(tooLong(node.place)) : Flow::Next;
        const size_t outer = m_variables.size();
        for (const auto &[key, item] : *items) {
            if (!flow)
                break;
            bind(*node.pipe, key, item);
            flow = nodes(node.body, item);
            m_variables.resize(outer);
            if (!flow || *flow == Flow::Break)
                break;
        }
        if (items->empty())
            flow = nodes(node.otherwise, dot);
        else if (flow)
            flow = Flow::Next;
        m_variables.resize(scope);
        return flow;
    }

    static Result<std::vector<std::pair<Value, Value>>> itemsOf(const Value &value, const std::string &place)
    {
        std::vector<std::pair<Value, Value>> items;
        if (value.list()) {
            for (const Value &item : *value.list())
                items.emplace_back(int64_t(items.size()), item);
        } else if (value.table() && value.table()->missing != Table::Missing::Failure) {
            for (const auto &[name, item] : value.table()->entries)
                items.emplace_back(name, item);
        } else if (value.integer()) {
            for (int64_t i = 0; i < std::min<int64_t>(*value.integer(), maxSteps); i++)
                items.emplace_back(i, i);
        } else if (!value.isNothing()) {
            return wrong(place, "range can't iterate over " + value.print());
        }
        return items;
    }

    void bind(const Pipe &pipe, const Value &key, const Value &item)
    {
        const std::vector<std::string> &names = pipe.variables;
        if (names.size() == 1) {
            set(names[0], item, false);
        } else if (names.size() == 2) {
            set(names[0], key, false);
            set(names[1], item, false);
        }
    }

    void set(const std::string &name, const Value &value, bool declares)
    {
        const auto found = std::find_if(m_variables.rbegin(), m_variables.rend(),
                                        [&](const auto &variable) { return variable.first == name; });
        if (declares || found == m_variables.rend())
            m_variables.emplace_back(name, value);
        else
            found->second = value;
    }

    Result<Flow> invoke(const Node &node, const Value &dot)
    {
        Value argument;
        if (node.pipe) {
            Result<Value> value = pipe(*node.pipe, dot);
            if (!value)
                return value.error();
            argument = *std::move(value);
        }
        return invoke(node.text, argument, node.place);
    }

    Result<Flow> invoke(const std::string &name, const Value &argument, const std::string &place)
    {
        const auto found = m_syntax.definitions.find(name);
        if (found == m_syntax.definitions.end())
            return wrong(place, "template " + goQuoted(name) + " not defined");
        if (++m_depth > maxDepth)
            return wrong(place, "templates call each other too deeply");
        auto outer = std::exchange(m_variables, {{"$", argument}});
        const Result<Flow> flow = nodes(found->second, argument);
        m_variables = std::move(outer);
        m_depth--;
        return flow ? Result<Flow>(Flow::Next) : flow;
    }

    Result<Value> pipe(const Pipe &pipe, const Value &dot)
    {
        if (++m_steps > maxSteps)
            return tooLong(pipe.commands.front().operands.front().place);
        Value value;
        for (size_t i = 0; i < pipe.commands.size(); i++) {
            Result<Value> next = command(pipe.commands[i], dot, i > 0 ? &value : nullptr);
            if (!next)
                return next;
            value = *std::move(next);
        }
        if (pipe.variables.size() == 1)
            set(pipe.variables[0], value, pipe.declares);
        for (size_t i = 0; pipe.variables.size() == 2 && i < 2; i++)
            set(pipe.variables[i], Value(), pipe.declares);
        return value;
    }

    Result<Value> command(const Command &command, const Value &dot, const Value *piped)
    {
        const Operand &head = command.operands.front();
        if (head.kind == Operand::Kind::Function)
            return call(command, dot, piped);
        if (piped || command.operands.size() > 1)
            return wrong(head, "can't give argument to non-function " + head.written);
        return operand(head, dot);
    }

    Result<Value> operand(const Operand &operand, const Value &dot)
    {
        Value value = dot;
        if (operand.kind == Operand::Kind::Constant) {
            return operand.constant;
        } else if (operand.kind == Operand::Kind::Variable) {
            value = std::find_if(m_variables.rbegin(), m_variables.rend(), [&](const auto &variable) {
                        return variable.first == operand.name;
                    })->second;
        } else if (operand.kind == Operand::Kind::Pipe) {
            Result<Value> inner = pipe(*operand.pipe, dot);
            if (!inner)
                return inner;
            value = *std::move(inner);
        } else if (operand.kind == Operand::Kind::Function) {
            const Command alone{{operand}};
            return call(alone, dot, nullptr);
        }
        return fieldsOf(operand, std::move(value));
    }

    static Result<Value> fieldsOf(const Operand &operand, Value value)
    {
        for (const std::string &field : operand.fields) {
            const Table *table = value.table();
            if (!table)
                return wrong(operand, value.isNothing()
                                          ? "nil data; no entry for key " + goQuoted(field)
                                          : "can't evaluate field " + field + " in type " + value.typeName());
            const auto found = table->entries.find(field);
            if (found != table->entries.end()) {
                const Value next = found->second; // `value` holds the table
                value = next;
                continue;
            }
            if (table->missing == Table::Missing::Failure)
                return wrong(operand, "can't evaluate field " + field + "; there is " + namesOf(*table));
            value = table->missing == Table::Missing::EmptyText ? Value("") : Value();
        }
        return value;
    }

    static std::string namesOf(const Table &table)
    {
        std::string names;
        for (const auto &[name, value] : table.entries)
            names.append(names.empty() ? "" : ", ").append(name);
        return names;
    }

    Result<Value> call(const Command &command, const Value &dot, const Value *piped)
    {
        const Operand &head = command.operands.front();
        const Function *function = findFunction(head.name);
        const size_t count = command.operands.size() - 1 + (piped ? 1 : 0);
        if (count < function->least || count > function->most)
            return wrong(head,
                         "wrong number of args for " + head.name + ": want " +
                             (count < function->least && function->most == Function::any ? "at least " : "") +
                             std::to_string(count < function->least ? function->least : function->most) +
                             " got " + std::to_string(count));
        if (head.name == "and" || head.name == "or")
            return choose(command, dot, piped, head.name == "and");
        std::vector<Value> arguments;
        for (size_t i = 1; i < command.operands.size(); i++) {
            Result<Value> argument = operand(command.operands[i], dot);
            if (!argument)
                return argument;
            arguments.push_back(*std::move(argument));
        }
        if (piped)
            arguments.push_back(*piped);
        Result<Value> result =
            head.name == "tmpl" ? expandNamed(head, arguments) : function->run({arguments, m_surroundings});
        if (!result)
            return wrong(head, "error calling " + head.name + ": " + result.error().message);
        if (result->text() && result->text()->size() > maxText)
            return wrong(head, "the text became too long");
        return fieldsOf(head, *std::move(result));
    }

    /// `and` gives the first argument that is not true, `or` the first that is; those behind it are not
    /// evaluated.
    Result<Value> choose(const Command &command, const Value &dot, const Value *piped, bool untilFalse)
    {
        Value value;
        for (size_t i = 1; i < command.operands.size(); i++) {
            Result<Value> argument = operand(command.operands[i], dot);
            if (!argument || argument->isTrue() != untilFalse)
                return argument;
            value = *std::move(argument);
        }
        return piped ? *piped : value;
    }

    Result<Value> expandNamed(const Operand &head, const std::vector<Value> &arguments)
    {
        if (!arguments[0].text())
            return functionFailed("expected the name of a template");
        std::string outer = std::exchange(m_text, {});
        const Result<Flow> flow = invoke(*arguments[0].text(), arguments[1], head.place);
        std::string text = std::exchange(m_text, std::move(outer));
        return flow ? Result<Value>(std::move(text)) : Result<Value>(flow.error());
    }

    const Syntax &m_syntax;
    const Surroundings &m_surroundings;
    std::vector<std::pair<std::string, Value>> m_variables;
    std::string m_text;
    int m_steps = 0;
    int m_depth = 0;
};

} // namespace

Result<std::string> execute(const Syntax &syntax, const Value &dot, const Surroundings &surroundings)
{
    return Execution(syntax, surroundings).run(dot);
}

} // namespace plimsoll::alerts::templates
