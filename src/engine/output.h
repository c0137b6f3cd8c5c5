// Output: where the engine's decisions go while it handles one command. Calls happen in the order
// of the decisions; everything passed is a view and must be encoded or copied before the call
// returns.
#pragma once

#include "model/event.h"
#include "model/ids.h"
#include "model/reply.h"

namespace muster::engine {

class Output {
 public:
  virtual ~Output() = default;

  // `event` got number `sequence` and has just been applied.
  virtual void event(Sequence sequence, const Event& event) = 0;

  // An answer, computed after everything reported by event() so far.
  virtual void answer(ReplyTo to, const Reply& reply) = 0;
  virtual void push(ConnectionId to, const Push& push) = 0;
};

}  // namespace muster::engine
