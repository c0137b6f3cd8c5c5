#include "sim/cast/operator.h"

#include <fmt/format.h>

#include <iterator>

namespace muster::sim {
namespace {

constexpr std::string_view kActs[] = {"cancel_job", "cancel_job", "retry_job", "delete_job"};

Verdict verdict_of(const protocol::Answer& answer, const std::string& state) {
  return {.ok = !answer.refused(),
          .duplicate = answer["duplicate"].boolean_or(false),
          .code = answer.refused() ? answer.error().code : ErrorCode::kInternal,
          .state = state};
}

}  // namespace

void Operator::begin() {
  caller_.open();
  meddle();
}

void Operator::meddle() {
  stage_.timeline.after(random_.between(50, 1'500) * kMillisecond, [this] {
    if (stage_.calm) return;
    meddle();
    if (stage_.names.empty() || !caller_.up()) return;
    const std::string job_id = stage_.names[random_.below(stage_.names.size())];
    if (random_.chance(400)) {
      act(kActs[random_.below(std::size(kActs))], job_id);
    } else if (random_.chance(150)) {
      pause(random_.chance(400));
    } else {
      look(job_id);
    }
  });
}

void Operator::act(std::string_view verb, const std::string& job_id) {
  stage_.checkers.asks(verb, job_id, stage_.moment());
  caller_.ask(fmt::format("\"type\":\"{}\",\"job_id\":\"{}\"", verb, job_id), false,
              [this, verb = std::string(verb), job_id](const protocol::Answer& answer) {
                const std::string state = answer["state"].string_or({});
                stage_.checkers.answered(verb, job_id, verdict_of(answer, state), stage_.moment());
              });
}

void Operator::look(const std::string& job_id) {
  if (random_.chance(100)) {
    caller_.ask("\"type\":\"list_jobs\",\"limit\":5", false, [](const protocol::Answer&) {});
    caller_.ask("\"type\":\"stats\"", false, [](const protocol::Answer&) {});
    caller_.ask("\"type\":\"list_queues\"", false, [](const protocol::Answer&) {});
    caller_.ask("\"type\":\"list_workers\"", false, [](const protocol::Answer&) {});
    return;
  }
  const std::string verb =
      random_.chance(500)
          ? "\"type\":\"job_status\""
          : fmt::format("\"type\":\"wait_job\",\"timeout_ms\":{}", random_.between(0, 3'000));
  caller_.ask(fmt::format("{},\"job_id\":\"{}\"", verb, job_id), false,
              [this, job_id](const protocol::Answer& answer) {
                stage_.checkers.saw(job_id, answer["state"].string_or({}), stage_.moment());
              });
}

void Operator::pause(bool paused) {
  const std::string queue = queue_name(random_.below(stage_.plan.queues));
  stage_.checkers.asks(paused ? "queue_pause" : "queue_resume", queue, stage_.moment());
  caller_.ask(
      fmt::format("\"type\":\"queue_{}\",\"queue\":\"{}\"", paused ? "pause" : "resume", queue),
      true, [](const protocol::Answer&) {});
}

void Operator::calm_down() { resume_all(); }

void Operator::resume_all() {
  for (uint32_t i = 0; i < stage_.plan.queues; ++i) {
    ++resuming_;
    stage_.checkers.asks("queue_resume", queue_name(i), stage_.moment());
    caller_.ask(fmt::format("\"type\":\"queue_resume\",\"queue\":\"{}\"", queue_name(i)), true,
                [this](const protocol::Answer&) { --resuming_; });
  }
}

}  // namespace muster::sim
