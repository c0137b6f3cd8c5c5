#include "sim/cast/caller.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace muster::sim {

void Caller::open() {
  wanted_ = true;
  if (link_ == 0) link_ = stage_.network.connect(*this);
}

void Caller::close() {
  wanted_ = false;
  up_ = false;
  asked_.clear();
  ++tries_;
  if (link_ != 0) stage_.network.close(std::exchange(link_, 0));
}

void Caller::half_close() { stage_.network.half_close(link_); }

void Caller::freeze(bool frozen) { stage_.network.set_reading(link_, !frozen); }

void Caller::ask(std::string_view members, bool repeat, Handler handler,
                 std::function<void(LinkId)> arrived) {
  asked_.push_back(
      {++last_rid_, std::string(members), repeat, std::move(handler), std::move(arrived)});
  if (up_) put(asked_.back());
}

void Caller::put(const Asked& asked) {
  std::string line = "{\"rid\":" + std::to_string(asked.rid) + ',';
  line += asked.members;
  line += "}\n";
  std::function<void()> arrived;
  if (asked.arrived) arrived = [tell = asked.arrived, link = link_] { tell(link); };
  stage_.network.write(link_, std::move(line), std::move(arrived));
}

void Caller::connected(LinkId link) {
  if (link != link_) return;
  up_ = true;
  std::deque<Asked> again = std::exchange(asked_, {});
  if (events_.connected) events_.connected();  // who it is comes before what it asked
  for (Asked& asked : again) {
    put(asked);
    asked_.push_back(std::move(asked));
  }
}

void Caller::line(LinkId link, std::string_view line) {
  if (link != link_) return;
  const auto answer = protocol::Answer::parse(line);
  if (!answer.ok()) {
    stage_.checkers.wrong("answers", "this line is no JSON object: " + std::string(line));
    return;
  }
  if (!answer->rid().exists()) {
    if (events_.pushed) events_.pushed(*answer);
    return;
  }
  const auto rid = answer->rid().unsigned_integer();
  const auto found = std::find_if(asked_.begin(), asked_.end(),
                                  [&](const Asked& asked) { return rid == asked.rid; });
  if (found == asked_.end()) {
    stage_.checkers.wrong("answers", "nobody waits for this one: " + std::string(line));
    return;
  }
  const Handler handler = std::move(found->handler);
  asked_.erase(found);
  if (handler) handler(*answer);
}

void Caller::broken(LinkId link) {
  if (link != link_) return;
  link_ = 0;
  up_ = false;
  std::erase_if(asked_, [](const Asked& asked) { return !asked.repeat; });
  if (events_.broken) events_.broken();
  if (!wanted_ || link_ != 0) return;
  stage_.timeline.after(random_.between(habits_.least_pause, habits_.most_pause),
                        [this, tries = tries_] {
                          if (tries == tries_ && wanted_) open();
                        });
}

void Caller::server_dropped(LinkId link) {
  if (events_.server_dropped) events_.server_dropped(link);
}

}  // namespace muster::sim
