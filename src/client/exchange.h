// Exchange: one request out, one answer in, over a connection that is made when it is needed and
// made anew when it breaks. One thread at a time.
#pragma once

#include <optional>
#include <string_view>

#include "muster/backoff.h"
#include "muster/client.h"
#include "muster/connection.h"
#include "protocol/answer.h"

namespace muster::client {

class Exchange {
 public:
  explicit Exchange(ClientOptions options);

  // Sends `line` (ends with '\n') until an answer has come, which is not a refusal. A request whose
  // connection broke is sent again, so it must be one that may be repeated. `waits` is what the
  // server may take on purpose (wait_ms). The answer's views live until the next ask().
  Expected<protocol::Answer> ask(std::string_view line, Milliseconds waits = Milliseconds{0});

  // The same as a further try of a call that has begun: its time to give up runs on.
  Expected<protocol::Answer> ask_again(std::string_view line, Milliseconds waits = Milliseconds{0});

  // Begins a new call: its own time to give up, its own backoff.
  void begin_call();
  // Pauses before trying again after `why`; false: the time is up, or the Waker was woken.
  bool pause(const Failure& why);

 private:
  Expected<protocol::Answer> once(std::string_view line, Milliseconds waits);
  Expected<Nothing> connect();

  ClientOptions options_;
  std::optional<Connection> connection_;
  bool ever_connected_ = false;
  Backoff backoff_;
  std::optional<Deadline> give_up_;  // set by the first trouble of a call
};

// What the server refused, as a failure of the library.
Failure refusal(const protocol::JsonView& error);

}  // namespace muster::client
