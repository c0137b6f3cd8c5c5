// Client: typed calls to a Muster server over one connection, made on first use and made anew when
// it breaks. Calls block; one thread at a time may use a client (make one per thread, they are
// cheap).
//
// A call whose answer was lost is sent again after the reconnect. That is safe: jobs are named
// before they are first sent, and the server knows a name again. (A repeated remove() may find the
// job already gone, and a repeated retry() find it waiting: both then say so.)
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "muster/connection.h"
#include "muster/failure.h"
#include "muster/job.h"
#include "muster/views.h"
#include "muster/waker.h"

namespace muster::client {

struct ClientOptions {
  std::string server = kDefaultServer;
  Milliseconds connect_timeout{5'000};  // of one try
  // How long to try before a call fails as unreachable or overloaded: until the first connection
  // (0: one try), and after one has been there (the server restarts, or says queue_full).
  Milliseconds connect_for{0};
  Milliseconds reconnect_for{60'000};
  Milliseconds answer_timeout{30'000};  // of one request, on top of what it waits for by itself
  Waker* waker = nullptr;               // woken: the current call fails with kInterrupted
  // Told before every pause: why, and how long it will be. On the calling thread.
  std::function<void(const Failure&, Milliseconds)> on_retry = {};
};

class Client {
 public:
  explicit Client(ClientOptions options);
  ~Client();
  Client(Client&&) noexcept;
  Client& operator=(Client&&) noexcept;

  Expected<Submitted> submit(const NewJob& job);
  // Any number; in batches. One outcome per job, in order; a failure of the whole call means that
  // the outcome of the jobs is not known: submit them again, under the same ids.
  Expected<std::vector<SubmitOutcome>> submit_many(std::span<const NewJob> jobs);
  // The same with each job as JSON text (one object with the fields of docs/protocol.md). Jobs
  // without job_id are given one, in place.
  Expected<std::vector<SubmitOutcome>> submit_many_json(std::span<std::string> jobs);

  Expected<JobInfo> status(std::string_view job_id);
  // Until it ended or the time is up (then it is given as it is); no timeout: as long as it takes.
  Expected<JobInfo> wait(std::string_view job_id, std::optional<Milliseconds> timeout = {});
  Expected<JobPage> list(const ListQuery& query);

  Expected<std::vector<ActionOutcome>> cancel(std::span<const std::string> job_ids);
  Expected<std::vector<ActionOutcome>> retry(std::span<const std::string> job_ids);
  Expected<std::vector<ActionOutcome>> remove(std::span<const std::string> job_ids);

  Expected<std::vector<QueueInfo>> queues();
  Expected<std::vector<WorkerInfo>> workers();
  Expected<Stats> stats();
  Expected<Nothing> pause(std::string_view queue);
  Expected<Nothing> resume(std::string_view queue);

  // Any request of docs/protocol.md as one JSON object without `rid`; gives the answer as it came.
  // An error answer is a Failure. `answer_within` counts on top of answer_timeout (for wait_ms).
  Expected<std::string> call(std::string_view json, Milliseconds answer_within = Milliseconds{0});

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace muster::client
