// Caller: one client connection that comes back when it breaks. Numbers its requests by `rid`,
// hands each answer to who asked, and sends again, in order, what was not answered and may be
// repeated.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <string_view>

#include "protocol/answer.h"
#include "sim/cast/stage.h"

namespace muster::sim {

class Caller final : public Peer {
 public:
  using Handler = std::function<void(const protocol::Answer&)>;
  struct Habits {
    Micros least_pause = 50 * kMillisecond;  // before it connects again
    Micros most_pause = 1'500 * kMillisecond;
  };
  // What its owner wants to hear; all optional.
  struct Events {
    std::function<void()> connected;
    std::function<void()> broken;
    std::function<void(const protocol::Answer&)> pushed;
    std::function<void(LinkId)> server_dropped;
  };

  Caller(Stage& stage, Random random, Events events)
      : stage_(stage), random_(random), events_(std::move(events)) {}

  void open();
  // Hangs up and forgets everything: the process is gone, or wants nothing more.
  void close();
  // `members` are those behind "rid" and the comma: `"type":"stats"`.
  void ask(std::string_view members, bool repeat, Handler handler,
           std::function<void(LinkId)> arrived = {});
  void half_close();
  void freeze(bool frozen);

  bool up() const { return up_; }
  size_t unanswered() const { return asked_.size(); }
  LinkId link() const { return link_; }

  // Peer
  void connected(LinkId link) override;
  void line(LinkId link, std::string_view line) override;
  void broken(LinkId link) override;
  void server_dropped(LinkId link) override;

 private:
  struct Asked {
    uint64_t rid;
    std::string members;
    bool repeat;
    Handler handler;
    std::function<void(LinkId)> arrived;
  };
  void put(const Asked& asked);

  Stage& stage_;
  Random random_;
  const Events events_;
  const Habits habits_;
  LinkId link_ = 0;  // 0: none
  bool up_ = false;
  bool wanted_ = false;
  uint64_t last_rid_ = 0;
  uint64_t tries_ = 0;
  std::deque<Asked> asked_;
};

}  // namespace muster::sim
