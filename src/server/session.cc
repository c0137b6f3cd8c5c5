#include "server/session.h"

#include <cstring>
#include <string>
#include <utility>
#include <variant>

#include "base/check.h"
#include "base/mutant.h"
#include "base/overload.h"
#include "model/limits.h"

namespace muster::server {
namespace {

constexpr char kTlsHandshake = 0x16;
constexpr std::string_view kNotImplemented =
    "HTTP/1.1 501 Not Implemented\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n"
    "This port speaks Muster's line protocol, not HTTP.\n";
constexpr std::string_view kDefaultNamespace = "default";

}  // namespace

Session::Session(ConnectionId id, SessionHost& host, size_t line_limit)
    : id_(id), host_(host), framer_(line_limit) {}

Session::~Session() { host_.unsent_changed(-static_cast<ptrdiff_t>(counted_)); }

size_t Session::unsent() const {
  return unsent_ + outbox_.chunk().bytes.size() + order_.held_bytes();
}

void Session::count_unsent() {
  const size_t now = unsent();
  host_.unsent_changed(static_cast<ptrdiff_t>(now) - static_cast<ptrdiff_t>(counted_));
  counted_ = now;
}

void Session::sent(size_t bytes) {
  unsent_ -= bytes;
  count_unsent();
}

void Session::decide_wire(char first) {
  bool http = first >= 'A' && first <= 'Z';
  if (MUSTER_MUTANT(only_get_and_post_are_http)) http = first == 'G' || first == 'P';
  wire_ = http || first == kTlsHandshake ? Wire::kOther : Wire::kNative;
  if (wire_ == Wire::kNative) return;
  if (http) {
    outbox_.chunk().bytes += kNotImplemented;
    outbox_.stamp_exempt();
  }
  over_ = true;
  host_.touched(*this);
}

void Session::receive(std::string_view bytes, Now now) {
  if (bytes.empty() || over_) return;
  if (wire_ == Wire::kUndecided) decide_wire(bytes.front());
  if (wire_ != Wire::kNative) return;
  CHECK(!left_, "bytes arrived while a message waits");
  const std::span<char> room = framer_.room(bytes.size());
  std::memcpy(room.data(), bytes.data(), bytes.size());
  framer_.written(bytes.size());
  process(now);
}

void Session::end_of_input(Now now) {
  if (input_ended_ || over_) return;
  input_ended_ = true;
  process(now);
}

void Session::resume(Now now) {
  if (!held_up_ || over_) return;
  if (left_ ? host_.gate() == Pressure::Gate::kWait : !has_room()) return;
  held_up_ = false;
  process(now);
  host_.touched(*this);
}

// Over a limit nothing more is taken until half of it is free again. Many who do not read share
// what a few may have each.
bool Session::has_room() {
  const size_t part = full_ ? 2 : 1;
  const size_t most = host_.crowded() ? limits::kUnsentCrowded : limits::kUnsentBytes;
  full_ = order_.unanswered() >= limits::kUnansweredRequests / part || unsent() >= most / part;
  return !full_;
}

void Session::process(Now now) {
  bool progress = false;
  while (!over_) {
    if (!has_room()) {
      held_up_ = true;
      break;
    }
    std::optional<protocol::Frame> frame =
        left_ ? std::exchange(left_, std::nullopt) : framer_.next();
    if (!frame) break;
    progress = true;
    if (take(*frame, now)) continue;
    left_ = std::move(frame);
    held_up_ = true;
    break;
  }
  if (!held_up_ && !framer_.object_open()) {
    open_since_.reset();
  } else if (progress || !open_since_) {
    open_since_ = now.steady;  // time in which we did not read counts against nobody
  }
  if (held_up_) host_.touched(*this);
  if (input_ended_ && !held_up_ && !over_) finish_input(now);
}

bool Session::take(const protocol::Frame& frame, Now now) {
  switch (frame.kind) {
    case protocol::Frame::Kind::kObject:
      return take_request(host_.decoder().decode(frame.object), now);
    case protocol::Frame::Kind::kError:
      say_error(frame.error);
      if (MUSTER_MUTANT(bad_line_closes)) over_ = true;
      return true;
    case protocol::Frame::Kind::kClose:
      say_error(frame.error);
      over_ = true;
      host_.touched(*this);
      return true;
  }
  return true;
}

// Only submissions wait, and only while the gate says so: neither completions nor follow-ups.
bool Session::must_wait(const Command& command) const {
  return std::holds_alternative<SubmitJobs>(command) && host_.gate() == Pressure::Gate::kWait;
}

bool Session::take_request(const protocol::Request& request, Now now) {
  const Command* command = std::get_if<Command>(&request.what);
  if (command && must_wait(*command)) return false;

  const RequestId id = order_.begin_request(request.rid);
  if (command) {
    handle(id, *command, now);
  } else if (const Error* error = std::get_if<Error>(&request.what)) {
    write(id, [&](std::string_view rid, std::string* out) {
      protocol::encode_error(rid, *error, request.job_id, out);
    });
  } else {
    const protocol::Hello& hello = std::get<protocol::Hello>(request.what);
    write(id, [&](std::string_view rid, std::string* out) {
      if (hello.ns.empty() || hello.ns == kDefaultNamespace) {
        protocol::encode_hello(rid, host_.facts(now), out);
      } else {
        const Error none{ErrorCode::kNotFound, "namespace: this server has only 'default'", {}};
        protocol::encode_error(rid, none, {}, out);
      }
    });
  }
  order_.end_request();
  return true;
}

void Session::handle(RequestId id, const Command& command, Now now) {
  const Pressure::Gate gate = host_.gate();
  const auto* submit = std::get_if<SubmitJobs>(&command);
  const bool refusable = submit != nullptr || (std::holds_alternative<CompleteJobs>(command) &&
                                               MUSTER_MUTANT(completions_refused_under_pressure));
  if (gate != Pressure::Gate::kOpen && refusable) {
    const bool single = submit != nullptr && !submit->batch && submit->items.size() == 1;
    const std::string_view job_id = single ? submit->items[0].job.id : std::string_view();
    write(id, [&](std::string_view rid, std::string* out) {
      protocol::encode_error(rid, host_.refusal(), job_id, out);
    });
    return;
  }
  if (const auto* list = std::get_if<ListJobs>(&command); list != nullptr && host_.crowded()) {
    ListJobs page = *list;
    page.bytes = limits::kUnsentCrowded;
    return host_.handle({id_, id}, page, now);
  }
  host_.handle({id_, id}, command, now);
}

template <class Encode>
void Session::write(RequestId id, Encode encode) {
  const auto place = order_.place(id, &outbox_.chunk());
  CHECK(place.has_value(), "connection {}: request {} was answered before", id_.value(),
        id.value());
  encode(place->rid, &place->chunk->bytes);
  order_.answered(id, &outbox_.chunk());
  outbox_.stamp(host_.applied());
  count_unsent();
  host_.touched(*this);
}

void Session::say_error(const Error& error) {
  const RequestId id = order_.begin_request({});
  write(id, [&](std::string_view rid, std::string* out) {
    protocol::encode_error(rid, error, {}, out);
  });
  order_.end_request();
}

void Session::note_deliveries(const Reply& reply, Chunk* chunk) {
  const size_t end = chunk->bytes.size();
  if (const Assigned* assigned = std::get_if<Assigned>(&reply)) {
    for (const JobRecord* job : assigned->jobs) {
      chunk->deliveries.push_back({job->seq, job->token, end});
    }
  } else if (const Done* done = std::get_if<Done>(&reply);
             done && done->next && !MUSTER_MUTANT(undelivered_next_kept)) {
    chunk->deliveries.push_back({done->next->seq, done->next->token, end});
  }
}

void Session::answer(RequestId request, const Reply& reply, Now now) {
  const auto place = order_.place(request, &outbox_.chunk());
  CHECK(place.has_value(), "connection {}: request {} was answered before", id_.value(),
        request.value());
  static const protocol::ServerFacts kNoFacts{};
  const bool facts = std::holds_alternative<StatsView>(reply);
  protocol::encode_reply(place->rid, reply, facts ? host_.facts(now) : kNoFacts,
                         &place->chunk->bytes);
  note_deliveries(reply, place->chunk);
  const size_t with_answer = outbox_.chunk().bytes.size();
  order_.answered(request, &outbox_.chunk());
  const bool alone = outbox_.chunk().bytes.size() == with_answer;  // it held no others up
  const bool exempt = std::holds_alternative<HeartbeatAnswer>(reply) ||
                      (std::holds_alternative<JobView>(reply) && MUSTER_MUTANT(dirty_reads));
  if (alone && exempt) {
    outbox_.stamp_exempt();
  } else {
    outbox_.stamp(host_.applied());
  }
  if (engine_knows_end_ && order_.unanswered() == 0) over_ = true;
  count_unsent();
  host_.touched(*this);
}

void Session::push(const Push& push) {
  Chunk& chunk = outbox_.chunk();
  protocol::encode_push(push, &chunk.bytes);
  if (const PushedJob* pushed = std::get_if<PushedJob>(&push)) {
    chunk.deliveries.push_back({pushed->job->seq, pushed->job->token, chunk.bytes.size()});
  }
  outbox_.stamp(host_.applied());
  count_unsent();
  host_.touched(*this);
}

// The peer sends no more: what waits is answered now, and then nothing is left to say.
void Session::finish_input(Now now) {
  if (!engine_knows_end_) {
    engine_knows_end_ = true;
    if (auto frame = framer_.abandon()) say_error(frame->error);
    open_since_.reset();
    host_.handle({id_, {}}, ConnectionHalfClosed{id_}, now);
  }
  if (order_.unanswered() > 0) return;
  over_ = true;
  host_.touched(*this);
}

void Session::stop(Now now) {
  if (over_) return;
  input_ended_ = true;
  if (wire_ == Wire::kNative) finish_input(now);
  over_ = true;
  host_.touched(*this);
}

void Session::check_open_object(Now now) {
  if (over_ || held_up_ || !open_since_ || now.steady - *open_since_ < limits::kOpenObject) return;
  open_since_.reset();
  if (auto frame = framer_.abandon()) say_error(frame->error);
}

std::vector<Delivery> Session::undelivered() const {
  std::vector<Delivery> out = outbox_.chunk().deliveries;
  const std::vector<Delivery> held = order_.held_deliveries();
  out.insert(out.end(), held.begin(), held.end());
  return out;
}

}  // namespace muster::server
