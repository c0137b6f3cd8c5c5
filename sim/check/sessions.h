// Sessions: when each worker was heard of, and so whether the server may take its jobs away.
//
// A session may be lost (docs/job_lifecycle.md, docs/protocol.md) after `ttl` of silence, 2 s after
// the end of its last connection, or at once when another instance registered under its worker's
// id. Silence and the 2 s are measured by clock.h. After a start of the server every session has a
// full term again. "Heard of" is what the server could have read when the event was applied, so
// contacts are kept until no unsettled event is older than they are.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/time.h"
#include "sim/check/clock.h"
#include "sim/check/names.h"

namespace muster::sim {

class Sessions {
 public:
  // Holders are numbers of Names. `oldest` is the stamp of the oldest unsettled event.
  void renewed(uint32_t holder, Duration ttl, const When& now, uint64_t oldest);
  void unconnected(uint32_t holder, const When& now, uint64_t oldest);
  void width(uint32_t holder, uint32_t concurrency) { session(holder).width = concurrency; }
  void begun(uint32_t holder, LeaseToken token, uint64_t stamp);
  void held(uint32_t holder, std::span<const LeaseToken> held, uint64_t stamp);
  void server_started(const When& now) { started_ = now; }

  // Registered since the server started, as far as it could know at `when`.
  bool is_registered(uint32_t holder, const When& when) const;
  // Whether a lease of this length is what the session's ttl gives.
  bool gives(uint32_t holder, Duration lease) const;

  // Why a lease of `length` may be taken from this session at `when`: null, or a word for it.
  const char* may_be_lost(uint32_t holder, Duration length, const When& when,
                          const Names& names) const;

  // When it was last heard of, for messages.
  std::string describe(uint32_t holder, const When& when) const;

  // How much longer than promised it took to see that this session is lost; nothing if it was not
  // late, or was lost for a reason of its own (replaced).
  Duration lateness(uint32_t holder, Duration length, const When& when, const Names& names) const;

  // The leases that a session holds, to tell which of a lost worker's jobs had begun.
  void takes(uint32_t holder, LeaseToken token) { session(holder).held.add(token); }
  void returns(uint32_t holder, LeaseToken token);
  enum class Begun : uint8_t { kUnknown, kNo, kYes };
  Begun had_begun(uint32_t holder, LeaseToken token, const When& when);

  // Whether the session, after a lease that it is known to have read, left it out of `held`; where
  // `held` is never told, whether it was heard of at all since.
  bool may_have_left_out(uint32_t holder, LeaseToken token, uint64_t leased,
                         const When& when) const;

 private:
  struct Contact {
    uint64_t stamp = 0;
    Mark renewed;
    Duration ttl;
    Mark unconnected;
    bool is_unconnected = false;
  };
  // Tokens in their order. Most leave at the front, which costs nothing.
  class Held {
   public:
    void add(LeaseToken token) { tokens_.push_back(token); }
    void remove(LeaseToken token);
    std::span<const LeaseToken> all() const { return std::span(tokens_).subspan(first_); }

   private:
    std::vector<LeaseToken> tokens_;
    size_t first_ = 0;
  };
  struct Word {  // a heartbeat said that this job runs
    LeaseToken token;
    uint64_t stamp = 0;
  };
  struct Session {
    std::vector<Contact> contacts;
    Held held;
    std::vector<LeaseToken> at_loss;  // what it held when the loss began
    std::vector<Word> begun;
    std::vector<Word> omitted;  // held, and left out of a registration's `held`
    bool tells_held = false;
    bool tells_begun = false;
    Instant loss;        // when at_loss was taken
    uint64_t first = 0;  // first contact since the server started
    uint32_t width = 0;  // 0: not told
    Duration shortest_ttl;
    Duration longest_ttl;
  };

  Session& session(uint32_t holder);
  const Session* find(uint32_t holder) const {
    return holder < sessions_.size() ? &sessions_[holder] : nullptr;
  }
  static const Contact* last_before(const Session& session, uint64_t stamp);
  static void keep(Session& session, const Contact& contact, uint64_t oldest);
  bool is_replaced(uint32_t holder, const When& when, const Names& names) const;

  std::vector<Session> sessions_;
  When started_;
};

}  // namespace muster::sim
