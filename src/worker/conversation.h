// Conversation: what a worker says to the server and does about the answers. Pure: lines, ends of
// jobs, signals and time go in; what to do comes out as Actions. Owned by the main thread, which
// carries the actions out in the order in which they stand in the struct.
//
// A connection's life: connected ─register─► registered ─request, report…─► lost, and anew. A
// request is outstanding only while slots are free, and asks for no more than these; ends are
// reported before the next request, so that the server never counts more jobs here than there are
// slots.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "model/limits.h"
#include "protocol/answer.h"
#include "worker/drain.h"
#include "worker/report_queue.h"
#include "worker/requests.h"
#include "worker/running_jobs.h"

namespace muster::worker {

// How the server took a report; the outcome is an EndKind's name or an error code.
struct Reported {
  AttemptName name;
  std::string outcome;
};

struct Actions {
  std::vector<std::string> notes;  // for stderr
  std::vector<Reported> reported;  // for the log
  std::vector<Assignment> start;
  std::vector<std::pair<LeaseToken, StopReason>> stop;
  bool kill_all = false;
  std::string lines;    // to send on the connection
  bool finish = false;  // say that no more will be sent; the server answers what waits and closes
  bool reconnect = false;  // give the connection up; `disconnected` is already said
  std::optional<int> exit;
};

class Conversation {
 public:
  Conversation(WorkerName worker, Duration drain_timeout, Duration grace)
      : worker_(std::move(worker)), drain_(drain_timeout, grace) {}

  void connected(Instant now);
  void disconnected(const std::string& why);                  // or could not be made
  void line(std::string_view text, Instant now);              // of this connection
  void heartbeat_answer(std::string_view text, Instant now);  // of the heartbeat's own
  void ended(JobEnd end);
  void request_drain(std::string_view why, Instant now);
  void fail(const std::string& why, Instant now);  // the machine lets no job run: stop, exit with 1

  // Decides what is due and hands out everything decided since the last call.
  Actions take_actions(Instant now);
  Instant next_deadline() const;

  // There is a session to keep alive, whatever has become of the connection.
  bool has_session() const { return has_session_ && !replaced_; }
  bool holds_jobs() const { return !running_.empty() || !reports_.empty(); }

 private:
  enum class Link : uint8_t { kAway, kRegistering, kRegistered, kFinishing };

  void send_register(Instant now);
  void send_request(Instant now);
  void registered(const protocol::Answer& answer, Instant now);
  void requested(const protocol::Answer& answer, Instant now);
  void report_answered(LeaseToken lease, const protocol::Answer& answer, Instant now);
  void refuse_report(LeaseToken lease, const Error& error);
  void take(Assignment assignment);
  void reconnect(const std::string& why);
  void replaced(Instant now);
  void stop_all(StopReason reason);
  void advance_link(Instant now);
  void advance_drain(Instant now);
  void give_up(std::string why);
  std::vector<AttemptName> held() const;
  size_t free_slots() const;
  void note(std::string text) { actions_.notes.push_back(std::move(text)); }

  WorkerName worker_;
  Drain drain_;
  Link link_ = Link::kAway;
  bool requesting_ = false;  // a request_job is unanswered
  bool quiet_ = false;       // the server wants no more requests for now
  bool has_session_ = false;
  bool replaced_ = false;    // another process has this worker's name
  bool lost_noted_ = false;  // stderr knows that the server is away
  int exit_code_ = 0;
  Instant answer_by_ =
      Instant::max();  // of register and request: a server silent until then is gone
  Instant reports_by_ = Instant::max();  // the same of reports
  Instant asked_at_;                     // when the request was sent
  Instant pause_until_;                  // no request before
  Duration ttl_ = limits::kSessionTtl;
  Instant heard_at_;    // when the session was last known to live
  Instant refresh_at_;  // register again, to get back what was lost on its way
  Drain::Phase drained_ = Drain::Phase::kWorking;  // already acted upon
  bool killed_ = false;
  std::map<LeaseToken, AttemptName> running_;
  ReportQueue reports_;
  Actions actions_;
};

}  // namespace muster::worker
