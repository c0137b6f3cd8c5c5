// Move: one step of a small world, and the sentence that tells it.
#pragma once

#include <cstdint>
#include <string>

namespace muster::sim::small {

enum class Verb : uint8_t {
  kSubmit,
  kRequest,
  kComplete,
  kFail,
  kRelease,
  kExtend,
  kRegister,
  kHeartbeat,
  kPass,    // time, and what is due
  kCancel,  // by the operator
  kRetry,
  kDelete,
  kResubmit,  // from here on faults
  kEchoComplete,
  kEchoFail,
  kEchoRelease,
  kClose,
  kCrash,
  kVanish,
  kJump,
  kRestart,
};

// What becomes of the answer, and of the server.
enum class Ending : uint8_t {
  kAnswered,
  kAnswerLost,   // on its way: the connection is said to be closed
  kUndelivered,  // the assignment was never handed to the socket
  kDiesDurable,  // the server dies when the events are durable, and nothing was answered
  kDiesBefore,   // the server dies before they are durable: they never were
};

struct Move {
  Verb verb = Verb::kPass;
  Ending ending = Ending::kAnswered;
  int8_t worker = -1;
  int8_t job = -1;
  bool older = false;  // an echo: of a token that is not the newest
  bool operator==(const Move&) const = default;
};

std::string text_of(const Move& move);

}  // namespace muster::sim::small
