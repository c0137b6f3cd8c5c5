// A worker's session: registering, heartbeats, and what the server knows of its connections.
#include <fmt/format.h>

#include <iterator>

#include "sim/cast/worker.h"

namespace muster::sim {
namespace {

constexpr Duration kTtl = Duration::seconds(4);

}  // namespace

std::string Worker::identity() const {
  return fmt::format("\"worker_id\":\"{}\",\"instance\":\"{}\"", name_, instance_);
}

// Its hands say what they hold: no assignment can be on its way to them.
void Worker::register_on(Caller& caller, bool hands) {
  std::string members = "\"type\":\"register_worker\"," + identity();
  auto out = std::back_inserter(members);
  fmt::format_to(out, ",\"concurrency\":{},\"ttl_ms\":{},\"queues\":[", habits_.concurrency,
                 kTtl.ms());
  for (uint32_t i = 0; i < stage_.plan.queues; ++i) {
    fmt::format_to(out, "{}\"{}\"", i == 0 ? "" : ",", queue_name(i));
  }
  members += "]";
  if (!hands) members += ",\"notify\":true";
  auto held = std::make_shared<std::vector<LeaseToken>>();
  if (hands) {
    members += ",\"held\":[";
    const auto name_lease = [&](std::string_view job_id, LeaseToken token) {
      fmt::format_to(out, "{}{{\"job_id\":\"{}\",\"lease\":{}}}", held->empty() ? "" : ",", job_id,
                     token.value());
      held->push_back(token);
    };
    for (const auto& [token, job] : held_) name_lease(job.given.job_id, token);
    for (const auto& [token, job_id] : unheard_) name_lease(job_id, token);
    members += "]";
  }
  caller.ask(
      members, false,
      [this, &caller, hands](const protocol::Answer& answer) { registered(caller, hands, answer); },
      [this, hands, held, instance = instance_](LinkId link) {
        renewed(link, instance, hands ? held.get() : nullptr);
      });
}

void Worker::registered(Caller& caller, bool hands, const protocol::Answer& answer) {
  if (answer.refused()) {
    if (answer.error().code == ErrorCode::kSessionReplaced) return die();
    later(random_.between(100, 900) * kMillisecond, [this, &caller, hands] {
      if (caller.up()) register_on(caller, hands);
    });
    return;
  }
  if (!hands) return beat(++beat_);
  ready_ = true;
  if (habits_.consumes) {
    consume();
  } else {
    want();
  }
}

// Its word has reached the server; perhaps the process that sent it is dead by now.
void Worker::renewed(LinkId link, const std::string& instance,
                     const std::vector<LeaseToken>* held) {
  const Moment at = stage_.moment();
  speaking_.insert_or_assign(link, instance);
  SessionWords words{.concurrency = habits_.concurrency};
  if (held) words.held = *held;
  stage_.checkers.session_said(name_, instance, words, at);
  stage_.checkers.session_renewed(name_, instance, kTtl, at);
}

void Worker::server_dropped(LinkId link) {
  const auto dropped = speaking_.extract(link);
  if (!dropped) return;
  for (const auto& [other, instance] : speaking_) {
    if (instance == dropped.mapped()) return;
  }
  stage_.checkers.session_unconnected(name_, dropped.mapped(), stage_.moment());
}

void Worker::beat(uint64_t beat_number) {
  if (beat_number != beat_ || !heart_.up()) return;
  std::string members = "\"type\":\"heartbeat\"," + identity();
  std::vector<LeaseToken> started;
  if (held_.size() > habits_.concurrency) {
    members += ",\"started\":[";
    for (const auto& [token, job] : held_) {
      if (!job.running || started.size() >= limits::kBatch) continue;
      fmt::format_to(std::back_inserter(members), "{}{{\"job_id\":\"{}\",\"lease\":{}}}",
                     started.empty() ? "" : ",", job.given.job_id, token.value());
      started.push_back(token);
    }
    members += "]";
  }
  heart_.ask(
      members, false, [this](const protocol::Answer& answer) { beaten(answer); },
      [this, instance = instance_, started = std::move(started)](LinkId) {
        const Moment at = stage_.moment();
        stage_.checkers.session_said(name_, instance,
                                     {.concurrency = habits_.concurrency, .started = started}, at);
        stage_.checkers.session_renewed(name_, instance, kTtl, at);
      });
}

void Worker::beaten(const protocol::Answer& answer) {
  if (answer.refused()) {
    if (answer.error().code == ErrorCode::kSessionReplaced) return die();
    register_on(heart_, false);
    // The session was lost: its hands must speak for it again as well.
    if (hands_.up()) register_on(hands_, true);
    return;
  }
  for (const protocol::JsonView& lease : answer["cancel"].items()) {
    cancel(LeaseToken(lease["lease"].unsigned_integer().value_or(0)));
  }
  const Micros interval = answer["heartbeat_ms"].integer_or(1'000) * kMillisecond;
  later(random_.between(interval / 2, interval),
        [this, beat_number = ++beat_] { beat(beat_number); });
}

}  // namespace muster::sim
