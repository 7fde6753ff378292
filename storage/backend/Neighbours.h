#pragma once

#include "storage/backend/Backend.h"

#include <chrono>
#include <set>

namespace plimsoll {

/// A journal frame on its way to the other nodes; the payload's form is in engine/JOURNAL.md.
struct ShippedFrame
{
    uint64_t sequence = 0;
    std::string payload;
};

/// The role of a database by which a node lets others see what its seals do not hold yet. Used by one thread,
/// which also competes for the leadership.
class Shipments
{
public:
    virtual ~Shipments() = default;

    /// Adds frames, each at most once however often it is sent, and removes those up to `covered`. One
    /// transaction.
    virtual Status send(const std::vector<ShippedFrame> &frames, uint64_t covered) = 0;
    /// Takes the leadership where nobody has it, and confirms it where this node has it. False while another
    /// node leads.
    virtual Result<bool> lead() = 0;
};

/// How far a follower has read a node.
struct NeighbourPosition
{
    int64_t catalogue = 0; ///< id of the newest block
    uint32_t seal = 0;     ///< the newest
    uint64_t sequence = 0; ///< of the newest frame
};

/// What a follower has not read yet, all of one moment.
struct NeighbourNews
{
    std::map<std::string, std::string> meta; ///< all of it
    std::vector<std::string> catalogue;
    std::vector<StoredSeal> seals;    ///< the new ones
    std::vector<uint32_t> allSeals;   ///< the ids of those that there are, rising
    std::vector<ShippedFrame> frames; ///< the new ones, in order
    NeighbourPosition position;       ///< after this
};

/// The role of a database by which a node sees the others. Used by one thread.
class Neighbours
{
public:
    virtual ~Neighbours() = default;

    /// The other nodes and how often each has written.
    virtual Result<std::map<int64_t, int64_t>> all() = 0;
    virtual Result<NeighbourNews> read(int64_t node, const NeighbourPosition &from) = 0;
    /// For reading a node's packs, from any thread; it writes nothing. Outlives this object.
    virtual std::unique_ptr<Backend> backendOf(int64_t node) const = 0;

    struct Happening
    {
        bool somewhere = false; ///< some other node shipped or sealed
        bool documents = false; ///< some other node changed documents, or it may have been missed
    };
    /// Waits until another node did something, but not longer.
    virtual Result<Happening> wait(std::chrono::milliseconds limit) = 0;
};

} // namespace plimsoll
