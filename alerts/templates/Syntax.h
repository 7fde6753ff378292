#pragma once

#include "alerts/templates/Value.h"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace plimsoll::alerts::templates {

struct Pipe;

/// One operand: what it starts from, then the fields that are taken of it, one after the other.
struct Operand
{
    enum class Kind { Dot, Constant, Variable, Function, Pipe };

    Kind kind = Kind::Dot;
    Value constant;
    std::string name; ///< of a variable (with $) or a function
    std::shared_ptr<const Pipe> pipe;
    std::vector<std::string> fields;
    std::string written; ///< as in the template, for messages
    std::string place;   ///< "line:column"
};

/// An operand, and arguments where it is a function.
struct Command
{
    std::vector<Operand> operands;
};

/// Commands, each of which gets the result of the one before as its last argument.
struct Pipe
{
    std::vector<std::string> variables; ///< declared or assigned: at most one, two in a range
    bool declares = false;
    std::vector<Command> commands;
};

struct Node;
using Nodes = std::vector<Node>;

struct Node
{
    enum class Kind { Text, Action, If, With, Range, Template, Break, Continue };

    Kind kind = Kind::Text;
    std::string text; ///< of Text; the name of a Template
    std::string place;
    std::shared_ptr<const Pipe> pipe; ///< null where a Template is called without one
    Nodes body;
    Nodes otherwise;
};

/// A template that was parsed: its text and those that it defines.
struct Syntax
{
    Nodes main;
    std::map<std::string, Nodes> definitions;
    bool queries = false; ///< it calls `query`
};

} // namespace plimsoll::alerts::templates
