#include "fuzz/request_values.h"

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>
#include <span>
#include <string>

#include "base/check.h"
#include "base/overload.h"
#include "fuzz/slow_time.h"
#include "model/limits.h"

namespace muster::fuzz {
namespace {

namespace json = boost::json;

// One object as Boost.JSON has it. Each check compares one member, or what stands in for it.
class Expected {
 public:
  explicit Expected(const json::object& object) : object_(object) {}

  const json::value* find(std::string_view name) const {
    const auto found = object_.find({name.data(), name.size()});
    return found == object_.end() ? nullptr : &found->value();
  }
  bool has(std::string_view name) const { return find(name) != nullptr; }

  void text(std::string_view name, std::string_view actual, std::string_view fallback = "") const {
    const json::value* value = find(name);
    const std::string_view wanted = value != nullptr ? view(*value) : fallback;
    CHECK(actual == wanted, "{}: \"{}\", Boost.JSON has \"{}\"", name, actual, wanted);
  }
  void cut_text(std::string_view name, std::string_view actual, size_t most) const {
    const json::value* value = find(name);
    const std::string_view wanted = value != nullptr ? view(*value) : "";
    CHECK(wanted.starts_with(actual) && actual.size() <= most &&
              (actual.size() == wanted.size() || actual.size() + 4 > most),
          "{}: {} bytes of {}", name, actual.size(), wanted.size());
  }
  void number(std::string_view name, double actual, double fallback) const {
    const json::value* value = find(name);
    const double wanted = value != nullptr ? value->to_number<double>() : fallback;
    CHECK(std::abs(actual - wanted) <= std::abs(wanted) * 1e-9, "{}: {}, Boost.JSON has {}", name,
          actual, wanted);
  }
  // In thousandths of the unit written; up to one thousandth is lost to the cut, or gained.
  void thousandths(std::string_view name, double actual, double fallback) const {
    const json::value* value = find(name);
    const double wanted = value != nullptr ? value->to_number<double>() * 1000 : fallback;
    CHECK(std::abs(actual - wanted) <= 1 + std::abs(wanted) * 1e-9, "{}: {}, Boost.JSON has {}",
          name, actual, wanted);
  }
  void boolean(std::string_view name, bool actual, bool fallback) const {
    const json::value* value = find(name);
    CHECK(actual == (value != nullptr ? value->as_bool() : fallback), "{}: {}", name, actual);
  }
  void optional_ms(std::string_view name, const std::optional<Duration>& actual) const {
    CHECK(has(name) == actual.has_value(), "{} is given: {}", name, has(name));
    if (actual) number(name, static_cast<double>(actual->ms()), 0);
  }
  void time(std::string_view name, const std::optional<WallTime>& actual) const {
    CHECK(has(name) == actual.has_value(), "{} is given: {}", name, has(name));
    if (!actual) return;
    const json::value& value = *find(name);
    if (!value.is_string()) return number(name, static_cast<double>(actual->ms()), 0);
    CHECK(read_time_slowly(view(value)) == actual->ms(), "{}: {} is not {}", name, view(value),
          actual->ms());
  }
  void texts(std::string_view name, std::span<const std::string_view> actual) const {
    static const json::array kNone;
    const json::array& wanted = has(name) ? find(name)->as_array() : kNone;
    CHECK(actual.size() == wanted.size(), "{}: {} items of {}", name, actual.size(), wanted.size());
    for (size_t i = 0; i < actual.size(); ++i) {
      CHECK(actual[i] == view(wanted[i]), "{}[{}]: {}", name, i, actual[i]);
    }
  }
  // JSON that is kept as sent.
  void any(std::string_view name, std::string_view raw) const {
    CHECK(has(name) == !raw.empty(), "{} is given: {}", name, has(name));
    CHECK(raw.find_first_of("\r\n") == std::string_view::npos, "{} breaks the line", name);
    if (has(name)) CHECK(json::parse(raw) == *find(name), "{}: {}", name, raw);
  }
  void objects(std::string_view name, size_t count) const {
    const size_t wanted = has(name) ? find(name)->as_array().size() : 0;
    CHECK(count == wanted, "{}: {} items of {}", name, count, wanted);
  }
  Expected item(std::string_view name, size_t index) const {
    return Expected(find(name)->as_array().at(index).as_object());
  }
  // The object under this name, or an empty one.
  Expected nested(std::string_view name) const {
    static const json::object kEmpty;
    return Expected(has(name) ? find(name)->as_object() : kEmpty);
  }
  void id(std::string_view actual) const { text(has("id") ? "id" : "job_id", actual); }

  static std::string_view view(const json::value& value) {
    const json::string& string = value.as_string();
    return {string.data(), string.size()};
  }

 private:
  const json::object& object_;
};

// A lease that its holder names: only by its number.
void compare_held(const Expected& fields, const LeaseRef& ref) {
  fields.id(ref.job_id);
  CHECK(fields.has("lease") == ref.lease.has_value(), "lease is given: {}", fields.has("lease"));
  if (ref.lease) fields.number("lease", static_cast<double>(ref.lease->value()), 0);
}

void compare(const Expected& fields, const LeaseRef& ref) {
  compare_held(fields, ref);
  fields.text("worker_id", ref.worker_id);
}

void compare_options(const Expected& fields, const JobOptions& options) {
  const Expected retry = fields.nested("retry");
  retry.number("max_attempts", options.retry.max_attempts, 5);
  retry.number("backoff_ms", static_cast<double>(options.retry.backoff.ms()), 1000);
  retry.thousandths("factor", options.retry.factor_milli, 2000);
  retry.number("cap_ms", static_cast<double>(options.retry.cap.ms()), 3'600'000);
  retry.thousandths("jitter", options.retry.jitter_milli, 100);
  fields.number("max_lost", options.max_lost, 3);
  fields.optional_ms("timeout_ms", options.timeout);
  fields.time("deadline", options.deadline);
  fields.optional_ms("result_ttl_ms", options.result_ttl);
}

// The members that the engine only carries, in their order, byte for byte.
void compare_body(const Expected& fields, std::string_view body) {
  CHECK(body.find_first_of("\r\n") == std::string_view::npos, "{} breaks the line", body);
  const std::string text = "{" + std::string(body) + "}";
  const json::value parsed = json::parse(text);
  const Expected carried(parsed.as_object());
  size_t count = 0;
  for (const std::string_view name : {"duration", "command", "payload", "tags", "trace"}) {
    CHECK(carried.has(name) == fields.has(name), "{} in the body: {}", name, carried.has(name));
    if (!fields.has(name)) continue;
    ++count;
    CHECK(*carried.find(name) == *fields.find(name), "{} became {}", name, body);
  }
  CHECK(parsed.as_object().size() == count, "{} members in {}", count, body);
}

void compare(const Expected& fields, const JobSpec& job) {
  fields.id(job.id);
  fields.text("queue", job.queue, "default");
  fields.text("job_type", job.job_type, fields.has("command") ? "exec" : "sleep");
  fields.number("priority", job.priority, 1000);
  fields.number("delay_ms", static_cast<double>(job.delay.ms()), 0);
  fields.time("run_at", job.run_at);
  CHECK(fields.has("duration") == job.duration.has_value(), "duration");
  if (job.duration) fields.thousandths("duration", static_cast<double>(job.duration->ms()), 0);
  compare_options(fields, job.options);
  compare_body(fields, job.body);
}

void compare(const Expected& fields, const SubmitJobs& submit) {
  if (!submit.batch) return compare(fields, submit.items[0].job);
  fields.boolean("atomic", submit.atomic, false);
  fields.objects("jobs", submit.items.size());
  for (size_t i = 0; i < submit.items.size(); ++i) {
    if (submit.items[i].error == nullptr) compare(fields.item("jobs", i), submit.items[i].job);
  }
}

void compare(const Expected& fields, const JobSelection& selection) {
  fields.texts("queues", selection.queues);
  fields.texts("job_types", selection.job_types);
  fields.text("select", selection.best ? "best" : "first", "first");
}

void compare(const Expected& fields, const RequestJobs& request) {
  fields.text("worker_id", request.worker_id);
  compare(fields, request.selection);
  fields.number("max", request.max, 1);
  CHECK(request.many == (request.max > 1), "a list of {}", request.max);
  fields.number("wait_ms", static_cast<double>(request.wait.ms()), 0);
  fields.optional_ms("lease_ms", request.lease);
}

void compare(const Expected& fields, const Consume& consume) {
  compare(fields, consume.selection);
  fields.number("credit", consume.credit, 1);
}

void compare(const Expected& fields, const CompleteJobs& complete) {
  if (complete.batch) {
    fields.objects("jobs", complete.items.size());
    for (size_t i = 0; i < complete.items.size(); ++i) {
      compare(fields.item("jobs", i), complete.items[i].ref);
      fields.item("jobs", i).any("result", complete.items[i].result);
    }
    return;
  }
  compare(fields, complete.items[0].ref);
  fields.any("result", complete.items[0].result);
  fields.objects("submit", complete.follow_ups.size());
  for (size_t i = 0; i < complete.follow_ups.size(); ++i) {
    compare(fields.item("submit", i), complete.follow_ups[i].job);
  }
  CHECK(fields.has("next") == complete.next_wait.has_value(), "next");
  if (!complete.next_wait) return;
  fields.nested("next").number("wait_ms", static_cast<double>(complete.next_wait->ms()), 0);
}

void compare_code(const Expected& error, std::string_view name,
                  const std::optional<int32_t>& code) {
  CHECK(error.has(name) == code.has_value(), "{} is given: {}", name, error.has(name));
  if (code) error.number(name, *code, 0);
}

void compare(const Expected& fields, const FailJob& fail) {
  compare(fields, fail.ref);
  const Expected error = fields.nested("error");
  error.cut_text("class", fail.error.error_class, limits::kErrorClassBytes);
  error.cut_text("message", fail.error.message, limits::kErrorMessageBytes);
  error.cut_text("trace", fail.error.trace, limits::kErrorTraceBytes);
  compare_code(error, "exit_code", fail.error.exit_code);
  compare_code(error, "signal", fail.error.signal);
  fields.any("result", fail.result);
  fields.boolean("retryable", fail.retryable, true);
  fields.boolean("timed_out", fail.timed_out, false);
  fields.optional_ms("retry_after_ms", fail.retry_after);
}

void compare(const Expected& fields, const ReleaseJob& release) {
  compare(fields, release.ref);
  fields.number("delay_ms", static_cast<double>(release.delay.ms()), 0);
}

void compare(const Expected& fields, const ExtendJob& extend) {
  compare(fields, extend.ref);
  fields.number("lease_ms", static_cast<double>(extend.lease.ms()), 0);
}

void compare(const Expected& fields, const RegisterWorker& worker) {
  fields.text("worker_id", worker.worker_id);
  fields.text("instance", worker.instance);
  fields.texts("queues", worker.queues);
  fields.texts("job_types", worker.job_types);
  fields.number("concurrency", worker.concurrency, 1);
  fields.number("ttl_ms", static_cast<double>(worker.ttl.ms()), 10'000);
  fields.boolean("notify", worker.notify, false);
  fields.any("labels", worker.labels);
  fields.text("host", worker.host);
  fields.number("pid", static_cast<double>(worker.pid), 0);
  fields.text("version", worker.version);
  CHECK(fields.has("held") == worker.held.has_value(), "held");
  if (!worker.held) return;
  fields.objects("held", worker.held->size());
  for (size_t i = 0; i < worker.held->size(); ++i) {
    compare_held(fields.item("held", i), (*worker.held)[i]);
  }
}

void compare(const Expected& fields, const Heartbeat& beat) {
  fields.text("worker_id", beat.worker_id);
  fields.text("instance", beat.instance);
  fields.objects("started", beat.started.size());
  for (size_t i = 0; i < beat.started.size(); ++i) {
    compare_held(fields.item("started", i), beat.started[i]);
  }
  fields.objects("progress", beat.progress.size());
  for (size_t i = 0; i < beat.progress.size(); ++i) {
    const Expected report = fields.item("progress", i);
    compare_held(report, beat.progress[i].ref);
    CHECK(report.has("percent") == beat.progress[i].percent.has_value(), "percent");
    if (beat.progress[i].percent) report.number("percent", *beat.progress[i].percent, 0);
    report.text("note", beat.progress[i].note);
  }
}

void compare(const Expected& fields, const GetJob& get) { fields.id(get.job_id); }

void compare(const Expected& fields, const WaitJob& wait) {
  fields.id(wait.job_id);
  fields.number("timeout_ms", static_cast<double>(wait.timeout.ms()), 60'000);
}

void compare(const Expected& fields, const ListJobs& list) {
  fields.text("queue", list.queue.value_or(""));
  fields.text("state", list.state ? name(*list.state) : "");
  fields.number("after", static_cast<double>(list.after.value()), 0);
  fields.number("limit", list.limit, 100);
}

void compare(const Expected& fields, const ActOnJobs& act) {
  CHECK(act.batch == fields.has("ids"), "ids");
  if (act.batch) {
    fields.texts("ids", act.job_ids);
  } else {
    CHECK(act.job_ids.size() == 1, "{} jobs", act.job_ids.size());
    fields.id(act.job_ids[0]);
  }
}

void compare(const Expected& fields, const PauseQueue& pause) { fields.text("queue", pause.queue); }
void compare(const Expected&, const GetStats&) {}
void compare(const Expected&, const ListQueues&) {}
void compare(const Expected&, const ListWorkers&) {}

// What the server tells the engine is nobody's request.
template <class Internal>
void compare(const Expected&, const Internal&) {
  CHECK(false, "a request became a command of the server's own");
}

void compare(const Expected& fields, const protocol::Hello& hello) {
  fields.number("proto", static_cast<double>(hello.proto), 1);
  fields.text("client", hello.client);
  fields.text("namespace", hello.ns);
}

bool has_lone_surrogate(const SlowJson& value) {
  const auto inside = [](const std::vector<SlowJson>& parts) {
    return std::any_of(parts.begin(), parts.end(), has_lone_surrogate);
  };
  return !value.whole || inside(value.items) || inside(value.names);
}

}  // namespace

bool compare_values(const SlowJson& object, const protocol::Request& request) {
  json::parse_options options;
  options.max_depth = 2 * limits::kDepth;
  boost::system::error_code error;
  const json::value value = json::parse(object.raw, error, {}, options);
  if (error) {
    CHECK(has_lone_surrogate(object) || error == json::error::exponent_overflow,
          "Boost.JSON refuses it: {}", error.message());
    return false;
  }
  const Expected fields(value.as_object());
  std::visit(Overload{[&](const Command& command) {
                        std::visit([&](const auto& kind) { compare(fields, kind); }, command);
                      },
                      [&](const protocol::Hello& hello) { compare(fields, hello); },
                      [](const Error&) { CHECK(false, "a refused request has no values"); }},
             request.what);
  return true;
}

}  // namespace muster::fuzz
