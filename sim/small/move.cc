#include "sim/small/move.h"

#include "sim/small/judge.h"

namespace muster::sim::small {
namespace {

std::string sentence(const Move& move) {
  const std::string job = move.job < 0 ? "" : std::string(job_name(move.job));
  const std::string worker = move.worker < 0 ? "" : std::string(worker_name(move.worker));
  const std::string lease = move.older ? " under an older token" : " under its newest token";
  const std::string whose = worker.empty() ? lease : " in the name of " + worker;
  switch (move.verb) {
    case Verb::kSubmit:
      return "the client submits " + job;
    case Verb::kRequest:
      return worker + " asks for a job";
    case Verb::kComplete:
      return worker + " completes " + job;
    case Verb::kFail:
      return worker + " fails " + job;
    case Verb::kRelease:
      return worker + " releases " + job;
    case Verb::kExtend:
      return worker + " extends its lease of " + job;
    case Verb::kRegister:
      return worker + " registers";
    case Verb::kHeartbeat:
      return worker + " beats";
    case Verb::kPass:
      return "time passes";
    case Verb::kCancel:
      return "the operator cancels " + job;
    case Verb::kRetry:
      return "the operator requeues " + job;
    case Verb::kDelete:
      return "the operator deletes " + job;
    case Verb::kResubmit:
      return "the submission of " + job + " arrives again";
    case Verb::kEchoComplete:
      return "a late completion of " + job + " arrives" + whose;
    case Verb::kEchoFail:
      return "a late failure of " + job + " arrives" + whose;
    case Verb::kEchoRelease:
      return "a late release of " + job + " arrives" + whose;
    case Verb::kClose:
      return "the connection of " + worker + " breaks";
    case Verb::kCrash:
      return worker + " dies, and another process takes its place";
    case Verb::kVanish:
      return worker + " dies unheard, and another process takes its place";
    case Verb::kJump:
      return "the wall clock leaps ten years ahead";
    case Verb::kRestart:
      return "the server is killed and starts again";
  }
  return "?";
}

}  // namespace

std::string text_of(const Move& move) {
  const std::string text = sentence(move);
  switch (move.ending) {
    case Ending::kAnswered:
      return text;
    case Ending::kAnswerLost:
      return text + "; the answer is lost";
    case Ending::kUndelivered:
      return text + "; the assignment cannot be handed to its socket";
    case Ending::kDiesDurable:
      return text + "; the server is killed with the events durable and nothing answered";
    case Ending::kDiesBefore:
      return text + "; the server is killed before the events are durable";
  }
  return text;
}

}  // namespace muster::sim::small
