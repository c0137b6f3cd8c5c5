// ScriptedServer: for tests only. Listens on a loopback port and plays one script per connection,
// in order, on a thread of its own; when the scripts are used up it stops listening.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <functional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/mutex.h"

namespace muster::client {

class ScriptedServer {
 public:
  // The server's end of one connection. Blocking; the connection closes when the script returns.
  class Peer {
   public:
    Peer(int socket, std::vector<std::string>* seen, Mutex* mutex)
        : socket_(socket), seen_(seen), mutex_(mutex) {}

    // The next line without its end; empty when the client closed.
    std::string read() {
      std::string line;
      char byte = 0;
      while (::recv(socket_, &byte, 1, 0) == 1 && byte != '\n') line.push_back(byte);
      const MutexLock lock(*mutex_);
      if (!line.empty()) seen_->push_back(line);
      return line;
    }
    void send(std::string_view bytes) {
      while (!bytes.empty()) {
        const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0) return;  // the client has gone; what it saw is the test's business
        bytes.remove_prefix(static_cast<size_t>(sent));
      }
    }
    // Reads one line and answers it.
    std::string answer(std::string_view line) {
      std::string request = read();
      if (!request.empty()) send(std::string(line) + "\n");
      return request;
    }

   private:
    int socket_;
    std::vector<std::string>* seen_;  // under *mutex_
    Mutex* mutex_;
  };
  using Script = std::function<void(Peer&)>;

  explicit ScriptedServer(std::vector<Script> scripts) : scripts_(std::move(scripts)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    CHECK(::bind(listener_, generic, size) == 0 && ::listen(listener_, 16) == 0, "no listener");
    CHECK(::getsockname(listener_, generic, &size) == 0, "no address");
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { play(); });
  }
  ~ScriptedServer() {
    ::shutdown(listener_, SHUT_RDWR);  // ends an accept() that still waits
    thread_.join();
    ::close(listener_);
  }
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;

  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }
  // Every line that came, over all connections.
  std::vector<std::string> seen() {
    const MutexLock lock(mutex_);
    return seen_;
  }

 private:
  void play() {
    for (const Script& script : scripts_) {
      const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (socket < 0) return;
      Peer peer(socket, &seen_, &mutex_);
      script(peer);
      ::close(socket);
    }
    ::shutdown(listener_, SHUT_RDWR);
  }

  std::vector<Script> scripts_;
  int listener_ = -1;
  uint16_t port_ = 0;
  Mutex mutex_;
  std::vector<std::string> seen_;  // under mutex_; a Peer has it too, which the compiler cannot see
  std::thread thread_;
};

}  // namespace muster::client
