#include "sim/cast/draft.h"

#include <fmt/format.h>

#include <iterator>
#include <utility>

namespace muster::sim {

std::string queue_name(uint64_t number) { return "q" + std::to_string(number); }

std::unique_ptr<Draft> Draft::invent(std::string id, bool plain, Stage& stage, Random& random) {
  auto draft = std::make_unique<Draft>();
  JobSpec& spec = draft->spec_;
  draft->id_ = std::move(id);
  const int64_t seconds = random.between(0, 3);
  if (plain) {
    draft->queue_ = "default";
    draft->job_type_ = "sleep";
    spec.duration = Duration::seconds(seconds);
    draft->body_ = fmt::format("\"duration\":{}", seconds);
  } else {
    draft->queue_ = queue_name(random.below(stage.plan.queues));
    draft->job_type_ = random.chance(stage.plan.poison)
                           ? kPoison
                           : kWorkTypes[random.below(std::size(kWorkTypes))];
    draft->body_ = fmt::format("\"payload\":{{\"n\": {}}}", random.below(1'000'000));
    if (random.chance(stage.plan.odd_jobs)) draft->decide_oddities(stage, random);
  }
  spec.id = draft->id_;
  spec.queue = draft->queue_;
  spec.job_type = draft->job_type_;
  spec.body = draft->body_;
  draft->content_ = content_of(spec.queue, spec.job_type, spec.body);
  draft->write_members();
  return draft;
}

void Draft::decide_oddities(Stage& stage, Random& random) {
  const WallTime wall = stage.moment().now.wall;
  JobOptions& options = spec_.options;
  if (random.chance(400)) spec_.priority = static_cast<uint32_t>(random.below(4));
  if (random.chance(150)) {
    spec_.delay = Duration::milliseconds(random.between(1, 15'000));
  } else if (random.chance(100)) {
    spec_.run_at = wall + Duration::milliseconds(random.between(-2'000, 20'000));
  }
  if (random.chance(400)) {
    options.retry.max_attempts = static_cast<uint32_t>(random.between(1, 4));
    options.retry.backoff = Duration::milliseconds(random.between(50, 3'000));
    options.retry.factor_milli = static_cast<uint32_t>(random.between(1, 3)) * 1'000;
    options.retry.cap = Duration::milliseconds(random.between(500, 8'000));
    options.retry.jitter_milli = random.chance(500) ? 0 : 100;
  }
  if (random.chance(300)) options.max_lost = static_cast<uint32_t>(random.between(1, 3));
  if (random.chance(100)) options.timeout = Duration::milliseconds(random.between(500, 5'000));
  if (random.chance(60)) {
    options.deadline = wall + Duration::milliseconds(random.between(1'000, 60'000));
  }
  if (random.chance(100)) options.result_ttl = Duration::milliseconds(random.between(0, 20'000));
  if (random.chance(100)) body_ += ",\"tags\":[\"sim\",\"\\u00e9\"]";
}

void Draft::write_members() {
  const JobOptions& options = spec_.options;
  auto out = std::back_inserter(members_);
  if (!id_.empty()) fmt::format_to(out, "\"job_id\":\"{}\",", id_);
  if (!spec_.duration) {
    fmt::format_to(out, "\"queue\":\"{}\",\"job_type\":\"{}\",", queue_, job_type_);
  }
  members_ += body_;
  if (spec_.priority != limits::kDefaultPriority) {
    fmt::format_to(out, ",\"priority\":{}", spec_.priority);
  }
  if (spec_.delay != Duration()) fmt::format_to(out, ",\"delay_ms\":{}", spec_.delay.ms());
  if (spec_.run_at) fmt::format_to(out, ",\"run_at\":{}", spec_.run_at->ms());
  if (!(options.retry == RetryPolicy{})) {
    fmt::format_to(out,
                   ",\"retry\":{{\"max_attempts\":{},\"backoff_ms\":{},\"factor\":{},\"cap_ms\":{},"
                   "\"jitter\":{}}}",
                   options.retry.max_attempts, options.retry.backoff.ms(),
                   options.retry.factor_milli / 1'000, options.retry.cap.ms(),
                   options.retry.jitter_milli == 0 ? "0" : "0.1");
  }
  if (options.max_lost != limits::kDefaultMaxLost) {
    fmt::format_to(out, ",\"max_lost\":{}", options.max_lost);
  }
  if (options.timeout) fmt::format_to(out, ",\"timeout_ms\":{}", options.timeout->ms());
  if (options.deadline) fmt::format_to(out, ",\"deadline\":{}", options.deadline->ms());
  if (options.result_ttl) fmt::format_to(out, ",\"result_ttl_ms\":{}", options.result_ttl->ms());
}

// The members that make a job's body come last in an assignment, byte for byte as they were sent.
Given read_assignment(const protocol::JsonView& line) {
  Given given;
  std::string queue;
  std::string_view body;
  const std::string_view raw = line.raw();
  for (const protocol::JsonMember& member : line.members()) {
    if (member.named("job_id")) {
      given.job_id = member.value.string_or({});
    } else if (member.named("lease")) {
      given.token = LeaseToken(member.value.unsigned_integer().value_or(0));
    } else if (member.named("attempt")) {
      given.attempt = static_cast<uint32_t>(member.value.integer_or(0));
    } else if (member.named("lease_ms")) {
      given.lease = Duration::milliseconds(member.value.integer_or(0));
    } else if (member.named("queue")) {
      queue = member.value.string_or({});
    } else if (member.named("job_type")) {
      given.job_type = member.value.string_or({});
    } else if (member.named("duration") || member.named("command") || member.named("payload") ||
               member.named("tags") || member.named("trace")) {
      const char* const begin = member.name.begin;
      body = std::string_view(begin, static_cast<size_t>(raw.data() + raw.size() - 1 - begin));
      break;
    }
  }
  given.content = content_of(queue, given.job_type, body);
  return given;
}

}  // namespace muster::sim
