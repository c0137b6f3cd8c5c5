#include "sim/cast/plain_worker.h"

#include <utility>

#include "protocol/answer.h"

namespace muster::sim {

void PlainWorker::begin() {
  stage_.timeline.after(random_.between(0, kSecond), [this] { talk(); });
}

void PlainWorker::talk() { link_ = stage_.network.connect(*this); }

void PlainWorker::connected(LinkId link) {
  if (link != link_) return;
  std::string message = job_.empty()
                            ? R"({"type":"request_job","worker_id":")"
                            : R"({"type":"job_complete","job_id":")" + job_ + R"(","worker_id":")";
  message += name_ + "\"}";
  if (random_.chance(900)) message += '\n';  // an object needs no newline
  if (!job_.empty()) {
    Details details;
    details.worker_id = name_;
    stage_.checkers.reports(Report::kComplete, job_, LeaseToken(), 0, stage_.moment(), &details);
  }
  stage_.network.write(link, std::move(message));
  if (!job_.empty() && random_.chance(150)) {  // the original one hangs up unread
    if (random_.chance(500)) job_.clear();
    hang_up(100 * kMillisecond);
  }
}

void PlainWorker::line(LinkId link, std::string_view line) {
  if (link != link_) return;
  const auto answer = protocol::Answer::parse(line);
  if (!answer.ok()) return stage_.checkers.wrong("answers", "no JSON: " + std::string(line));
  if (!job_.empty()) return completed(line);
  if (answer->type() != "assign_job") return hang_up(random_.between(100, 1'000) * kMillisecond);
  const protocol::JsonView duration = (*answer)["duration"];
  // It is told nothing else: a plain job has only this.
  const uint64_t content =
      content_of("default", "sleep", "\"duration\":" + std::string(duration.raw()));
  took((*answer)["job_id"].string_or({}), duration.integer_or(0) * kSecond, content);
}

void PlainWorker::took(std::string job_id, Micros duration, uint64_t content) {
  stage_.checkers.assigned({.worker_id = name_,
                            .instance = {},
                            .job_id = job_id,
                            .token = {},
                            .attempt = 0,
                            .content = content},
                           stage_.moment());
  job_ = std::move(job_id);
  repeats_ = random_.chance(100) ? 1 : 0;
  const bool late = !prompt_ && random_.chance(30);
  hang_up(late ? random_.between(25, 60) * kSecond : duration / 4 + kMillisecond);
}

void PlainWorker::completed(std::string_view line) {
  const auto answer = protocol::Answer::parse(line);
  Verdict verdict;
  verdict.ok = answer->status() == "ok";
  verdict.duplicate = (*answer)["duplicate"].boolean_or(false);
  if (!verdict.ok) verdict.code = answer->error().code;
  stage_.checkers.reported(Report::kComplete, job_, LeaseToken(), verdict, stage_.moment());
  if (repeats_-- <= 0) job_.clear();
  hang_up(random_.between(1, 100) * kMillisecond);
}

// One connection a message.
void PlainWorker::hang_up(Micros pause) {
  stage_.network.close(std::exchange(link_, 0));
  stage_.timeline.after(pause, [this] {
    if (link_ == 0) talk();
  });
}

void PlainWorker::broken(LinkId link) {
  if (link != link_) return;
  link_ = 0;
  stage_.timeline.after(random_.between(100, 1'500) * kMillisecond, [this] {
    if (link_ == 0) talk();
  });
}

}  // namespace muster::sim
