// LinePoller: many non-blocking connections that speak lines, on one thread. The load generator of
// every question; it keeps up with the server on less than a core, so it copies little and
// allocates nothing per message.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace muster::bench {

class LineConnection {
 public:
  // Called with each line that arrives, without its newline; the view lives until it returns.
  using OnLine = std::function<void(LineConnection&, std::string_view)>;

  LineConnection(uint16_t port, OnLine on_line);
  ~LineConnection();
  LineConnection(const LineConnection&) = delete;
  LineConnection& operator=(const LineConnection&) = delete;

  // Lines to send; they leave with the next turn of the poller.
  std::string& out() { return out_; }

 private:
  friend class LinePoller;
  void read();
  void write();

  int fd_;
  OnLine on_line_;
  std::string out_;
  size_t sent_ = 0;
  std::string in_;
};

class LinePoller {
 public:
  LinePoller();
  ~LinePoller();
  LinePoller(const LinePoller&) = delete;
  LinePoller& operator=(const LinePoller&) = delete;

  LineConnection& add(uint16_t port, LineConnection::OnLine on_line);

  // Sends and receives until `done` says so; throws std::runtime_error when the server hangs up or
  // says nothing for ten seconds.
  void run_until(const std::function<bool()>& done);

 private:
  int epoll_;
  std::vector<std::unique_ptr<LineConnection>> connections_;
};

}  // namespace muster::bench
