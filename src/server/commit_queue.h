// CommitQueue: the one home of the rule that makes answers safe:
//
//   Every reply, read, error and push is stamped with the last sequence applied when it was
//   computed, and leaves when that is durable (at once when it already is).
//
// A connection's lines of one turn are one chunk, stamped with the highest of their stamps. Chunks
// leave in order of stamp, those of one connection in the order they were made. Exempt are the
// lines that rest on no event (heartbeat answers, liveness, metrics): they wait for nothing but
// their own connection's earlier lines. Pure: no clock, socket or thread.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <vector>

#include "model/ids.h"
#include "server/chunk.h"

namespace muster::server {

// One connection's lines of the running turn. Owned by its session; emptied by CommitQueue::take().
class Outbox {
 public:
  // Append whole lines here, then call stamp() or stamp_exempt().
  Chunk& chunk() { return chunk_; }
  const Chunk& chunk() const { return chunk_; }

  // The lines appended since the last stamp were computed when `applied` was the last event.
  void stamp(Sequence applied) {
    if (stamp_ < applied) stamp_ = applied;
    stamped_ = chunk_.bytes.size();
  }
  void stamp_exempt() { stamped_ = chunk_.bytes.size(); }

  bool empty() const { return chunk_.bytes.empty(); }
  uint32_t queued() const { return queued_; }  // chunks of earlier turns that still wait

 private:
  friend class CommitQueue;
  Chunk chunk_;
  Sequence stamp_;      // never falls: later lines of a connection do not overtake earlier ones
  size_t stamped_ = 0;  // bytes that have their stamp
  uint32_t queued_ = 0;
};

class CommitQueue {
 public:
  // Moves the lines of `outbox`, if any, into the queue. The outbox must outlive them (or drop()).
  void take(ConnectionId connection, Outbox* outbox);

  // Hands over, in order, every chunk that rests only on events up to `durable`.
  using Sink = std::function<void(ConnectionId, Chunk)>;
  void release(Sequence durable, const Sink& sink);

  // The connection is gone: its chunks are dropped, and the assignments in them returned.
  std::vector<Delivery> drop(ConnectionId connection);

  size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    ConnectionId connection;
    Sequence stamp;
    Outbox* outbox;
    Chunk chunk;
  };
  std::deque<Entry> entries_;  // ordered by stamp
};

}  // namespace muster::server
