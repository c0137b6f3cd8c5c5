// AnswerOrder: in which order the answers of one connection leave. Requests take effect in the
// order read; only answers are held: a waiting request without `rid` holds every later answer of
// its connection, one with `rid` holds none. Pure; owned by its session.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "model/ids.h"
#include "server/chunk.h"

namespace muster::server {

class AnswerOrder {
 public:
  // A request is being handled from here to end_request(). `rid` must live as long.
  RequestId begin_request(std::string_view rid);
  void end_request();

  // Where the answer to `request` is to be written, with which `rid`: into `outbox` itself, or into
  // the chunk that holds it back. None: that request was answered before.
  struct Place {
    std::string_view rid;
    Chunk* chunk = nullptr;
  };
  std::optional<Place> place(RequestId request, Chunk* outbox);

  // The answer was written there: what it held up moves to `outbox`.
  void answered(RequestId request, Chunk* outbox);

  size_t unanswered() const { return unanswered_; }
  size_t held_bytes() const { return held_bytes_; }  // of answers that are held back

  // Assignments in answers that are held back.
  std::vector<Delivery> held_deliveries() const;

 private:
  struct Slot {
    std::string rid;
    bool answered = false;
    Chunk chunk;
  };
  // Made when the first request of the connection waits: most never do.
  struct Waiting {
    // Requests in order, from the first unanswered one without rid on; empty: nothing is held.
    std::deque<Slot> slots;
    RequestId first;                                  // of slots.front()
    std::unordered_map<RequestId, std::string> free;  // waiting, with rid, not held by another
  };

  bool holding() const { return waiting_ && !waiting_->slots.empty(); }
  Slot* slot(RequestId request);
  void move_on(Chunk* outbox);

  RequestId last_;
  bool current_open_ = false;  // `last_` is being handled, unanswered, and not held
  std::string_view current_rid_;
  size_t unanswered_ = 0;
  size_t held_bytes_ = 0;
  std::unique_ptr<Waiting> waiting_;
};

}  // namespace muster::server
