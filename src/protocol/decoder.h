// Decoder: one framed object -> one Command, checked for form (kinds, ranges, UTF-8, limits), with
// every verb of docs/protocol.md. Payloads are kept byte for byte and never become trees. Knows no
// queue.
#pragma once

#include <memory>
#include <string_view>
#include <variant>

#include "model/command.h"
#include "model/error.h"

namespace muster::protocol {

// The one request that the session answers by itself.
struct Hello {
  uint64_t proto = 1;
  std::string_view client;
  std::string_view ns;  // namespace
};

struct Request {
  std::string_view rid;     // raw JSON, echoed as it came; empty: none
  std::string_view job_id;  // of a refused request, for its error; empty: unknown
  std::string_view verb;    // one of the table's names (static storage); empty: unknown
  std::variant<Hello, Command, Error> what;
};

// Takes any bytes safely. One serves any number of connections of a thread: its scratch memory
// grows to the largest request and is used again.
class Decoder {
 public:
  Decoder();
  ~Decoder();

  // `object` as Framer gives it. The request's views point into `object` and the decoder, and live
  // until the next decode().
  const Request& decode(std::string_view object);

  struct Scratch;  // of the implementation

 private:
  std::unique_ptr<Scratch> scratch_;
};

}  // namespace muster::protocol
