#include "server/answer_order.h"

#include "base/check.h"
#include "base/mutant.h"

namespace muster::server {

RequestId AnswerOrder::begin_request(std::string_view rid) {
  CHECK(!current_open_, "request {} is still being handled", last_.value());
  last_ = last_.next();
  ++unanswered_;
  if (holding()) {
    waiting_->slots.push_back({std::string(rid), false, {}});
  } else {
    current_open_ = true;
    current_rid_ = rid;
  }
  return last_;
}

void AnswerOrder::end_request() {
  if (!current_open_) return;
  current_open_ = false;
  if (!waiting_) waiting_ = std::make_unique<Waiting>();
  if (!current_rid_.empty() || MUSTER_MUTANT(wait_without_rid_holds_nothing)) {
    waiting_->free.emplace(last_, std::string(current_rid_));
    return;
  }
  waiting_->first = last_;
  waiting_->slots.push_back({});
}

AnswerOrder::Slot* AnswerOrder::slot(RequestId request) {
  if (!holding() || request < waiting_->first) return nullptr;
  const uint64_t index = request.value() - waiting_->first.value();
  return index < waiting_->slots.size() ? &waiting_->slots[index] : nullptr;
}

std::optional<AnswerOrder::Place> AnswerOrder::place(RequestId request, Chunk* outbox) {
  if (request == last_ && current_open_) return Place{current_rid_, outbox};
  if (Slot* held = slot(request)) {
    if (held->answered) return std::nullopt;
    return Place{held->rid, request == waiting_->first ? outbox : &held->chunk};
  }
  if (!waiting_) return std::nullopt;
  const auto found = waiting_->free.find(request);
  if (found == waiting_->free.end()) return std::nullopt;
  if (MUSTER_MUTANT(rid_of_another_wait)) return Place{waiting_->free.begin()->second, outbox};
  return Place{found->second, outbox};
}

void AnswerOrder::answered(RequestId request, Chunk* outbox) {
  --unanswered_;
  if (request == last_ && current_open_) {
    current_open_ = false;
    return;
  }
  if (Slot* held = slot(request)) {
    held->answered = true;
    held_bytes_ += held->chunk.bytes.size();  // none of the first: it is in `outbox`
    if (request == waiting_->first) move_on(outbox);
    return;
  }
  waiting_->free.erase(request);
}

// The first slot's answer has left (its chunk is empty): so do those behind it, up to the next
// waiting request without rid. Waiting ones with rid are held by nobody any more.
void AnswerOrder::move_on(Chunk* outbox) {
  auto& slots = waiting_->slots;
  while (!slots.empty()) {
    Slot& front = slots.front();
    if (front.answered) {
      held_bytes_ -= front.chunk.bytes.size();
      outbox->append(front.chunk);
    } else if (!front.rid.empty()) {
      waiting_->free.emplace(waiting_->first, std::move(front.rid));
    } else {
      return;
    }
    slots.pop_front();
    waiting_->first = waiting_->first.next();
    if (MUSTER_MUTANT(only_one_held_answer_released)) return;
  }
}

std::vector<Delivery> AnswerOrder::held_deliveries() const {
  std::vector<Delivery> out;
  if (!waiting_) return out;
  for (const Slot& held : waiting_->slots) {
    out.insert(out.end(), held.chunk.deliveries.begin(), held.chunk.deliveries.end());
  }
  return out;
}

}  // namespace muster::server
