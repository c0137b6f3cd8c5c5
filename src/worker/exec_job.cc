#include "worker/exec_job.h"

#include <poll.h>
#include <sys/socket.h>

#include <cerrno>

namespace muster::worker {

ExecJob::ExecJob(UniqueFd socket, const ExecSpec& spec)
    : socket_(std::move(socket)), unsent_(encode_frame(spec)) {}

short ExecJob::events() const {
  return static_cast<short>(unsent_.empty() ? POLLIN : POLLIN | POLLOUT);
}

void ExecJob::order(SupervisorOrder order) { unsent_.push_back(static_cast<char>(order)); }

bool ExecJob::send() {
  while (!unsent_.empty()) {
    const ssize_t size = ::send(socket_.get(), unsent_.data(), unsent_.size(), MSG_NOSIGNAL);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return errno == EAGAIN;
    unsent_.erase(0, static_cast<size_t>(size));
  }
  return true;
}

std::optional<std::variant<ExecReport, SupervisorLost>> ExecJob::pump() {
  // An order that came too late to be heard is no loss: the report may be waiting all the same.
  if (!send()) unsent_.clear();
  char chunk[64 * limits::kKiB];
  while (true) {
    const ssize_t size = ::recv(socket_.get(), chunk, sizeof chunk, 0);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0 && errno == EAGAIN) return std::nullopt;
    if (size <= 0) return SupervisorLost{};
    received_.append(chunk, static_cast<size_t>(size));
    const auto content = frame_content(received_);
    if (!content) continue;
    auto report = decode_report(*content);
    if (!report) return SupervisorLost{};
    return std::move(*report);
  }
}

}  // namespace muster::worker
