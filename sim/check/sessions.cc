#include "sim/check/sessions.h"

#include <fmt/core.h>

#include <algorithm>

#include "model/limits.h"

namespace muster::sim {
namespace {

// Silent death is seen after ttl + 250 ms, a closed connection after 2.25 s (RELIABILITY.md, 9).
// A worker that held nothing was told to speak every half minute, and its requests, which nobody
// tells us, count as well.
constexpr Duration kSeen =
    Duration::milliseconds(250) + limits::kHeartbeatIdle + limits::kSessionTtl;

}  // namespace

Sessions::Session& Sessions::session(uint32_t holder) {
  if (holder >= sessions_.size()) sessions_.resize(holder + 1);
  return sessions_[holder];
}

const Sessions::Contact* Sessions::last_before(const Session& session, uint64_t stamp) {
  for (auto contact = session.contacts.rbegin(); contact != session.contacts.rend(); ++contact) {
    if (contact->stamp < stamp) return &*contact;
  }
  return nullptr;
}

// Contacts that no unsettled event can ask for any more go.
void Sessions::keep(Session& session, const Contact& contact, uint64_t oldest) {
  std::vector<Contact>& contacts = session.contacts;
  contacts.push_back(contact);
  const auto needed = std::find_if(contacts.begin(), contacts.end() - 1,
                                   [oldest](const Contact& c) { return c.stamp >= oldest; });
  const bool all_old = needed == contacts.end() - 1 && contact.stamp < oldest;
  if (all_old) {
    contacts.erase(contacts.begin(), contacts.end() - 1);
  } else if (needed - contacts.begin() > 1) {
    contacts.erase(contacts.begin(), needed - 1);
  }
}

void Sessions::renewed(uint32_t holder, Duration ttl, const When& now, uint64_t oldest) {
  Session& session = this->session(holder);
  if (session.first <= started_.stamp) session.first = now.stamp;
  if (session.longest_ttl == Duration() || ttl < session.shortest_ttl) session.shortest_ttl = ttl;
  session.longest_ttl = std::max(session.longest_ttl, ttl);
  Contact contact;
  contact.stamp = now.stamp;
  contact.renewed = Mark::of(now.at);
  contact.ttl = ttl;
  keep(session, contact, oldest);
}

void Sessions::unconnected(uint32_t holder, const When& now, uint64_t oldest) {
  Session& session = this->session(holder);
  if (session.contacts.empty()) return;
  Contact contact = session.contacts.back();
  contact.stamp = now.stamp;
  contact.unconnected = Mark::of(now.at);
  contact.is_unconnected = true;
  keep(session, contact, oldest);
}

void Sessions::begun(uint32_t holder, LeaseToken token, uint64_t stamp) {
  std::vector<Word>& begun = session(holder).begun;
  for (Word& word : begun) {
    if (word.token != token) continue;
    if (word.stamp <= started_.stamp) word.stamp = stamp;  // a restarted server hears it again
    return;
  }
  begun.push_back({token, stamp});
  session(holder).tells_begun = true;
}

void Sessions::held(uint32_t holder, std::span<const LeaseToken> held, uint64_t stamp) {
  Session& session = this->session(holder);
  session.tells_held = true;
  for (LeaseToken token : session.held.all()) {
    if (std::find(held.begin(), held.end(), token) == held.end()) {
      session.omitted.push_back({token, stamp});
    }
  }
}

void Sessions::Held::remove(LeaseToken token) {
  const auto begin = tokens_.begin() + static_cast<std::ptrdiff_t>(first_);
  const auto place = std::lower_bound(begin, tokens_.end(), token);
  if (place == tokens_.end() || *place != token) return;
  if (place != begin) {
    tokens_.erase(place);
  } else if (++first_ == tokens_.size()) {
    tokens_.clear();
    first_ = 0;
  } else if (first_ * 2 > tokens_.size() && first_ > 64) {
    tokens_.erase(tokens_.begin(), tokens_.begin() + static_cast<std::ptrdiff_t>(first_));
    first_ = 0;
  }
}

void Sessions::returns(uint32_t holder, LeaseToken token) {
  Session& session = this->session(holder);
  session.held.remove(token);
  const auto is_it = [token](const Word& word) { return word.token == token; };
  if (!session.begun.empty()) std::erase_if(session.begun, is_it);
  if (!session.omitted.empty()) std::erase_if(session.omitted, is_it);
}

bool Sessions::is_registered(uint32_t holder, const When& when) const {
  const Session* session = find(holder);
  if (session == nullptr) return false;
  const Contact* contact = last_before(*session, when.stamp);
  return contact != nullptr && session->first > started_.stamp && session->first < when.stamp;
}

bool Sessions::gives(uint32_t holder, Duration lease) const {
  const Session* session = find(holder);
  return session != nullptr && lease >= session->shortest_ttl && lease <= session->longest_ttl;
}

const char* Sessions::may_be_lost(uint32_t holder, Duration length, const When& when,
                                  const Names& names) const {
  const Session* session = find(holder);
  const Contact* contact = session == nullptr ? nullptr : last_before(*session, when.stamp);
  if (contact == nullptr || contact->stamp <= started_.stamp) {  // the term since the start
    if (may_be_over(Mark::of(started_.at), length, when.at)) return "silent since the start";
  } else {
    if (may_be_over(contact->renewed, contact->ttl - kGrain, when.at)) return "silent";
    if (contact->is_unconnected &&
        may_be_over(contact->unconnected, limits::kLastConnectionGrace, when.at)) {
      return "without a connection";
    }
  }
  return is_replaced(holder, when, names) ? "replaced" : nullptr;
}

std::string Sessions::describe(uint32_t holder, const When& when) const {
  const Session* session = find(holder);
  const Contact* contact = session == nullptr ? nullptr : last_before(*session, when.stamp);
  if (contact == nullptr || contact->stamp <= started_.stamp) {
    return fmt::format("not heard of since the start {} ms ago",
                       most_elapsed(Mark::of(started_.at), when.at).ms());
  }
  const std::string gone =
      contact->is_unconnected
          ? fmt::format(", unconnected {} ms ago", most_elapsed(contact->unconnected, when.at).ms())
          : std::string(", connected");
  return fmt::format("heard of {} of {} ms ago{}", most_elapsed(contact->renewed, when.at).ms(),
                     contact->ttl.ms(), gone);
}

Duration Sessions::lateness(uint32_t holder, Duration length, const When& when,
                            const Names& names) const {
  if (is_replaced(holder, when, names)) return {};
  const Session* session = find(holder);
  const Contact* contact = session == nullptr ? nullptr : last_before(*session, when.stamp);
  if (contact == nullptr || contact->stamp <= started_.stamp) {
    return when.at.listened - started_.at.listened - length - kSeen;
  }
  const Duration silent = when.at.listened - contact->renewed.listened - contact->ttl;
  if (!contact->is_unconnected) return silent - kSeen;
  const Duration gone =
      when.at.listened - contact->unconnected.listened - limits::kLastConnectionGrace;
  return std::max(silent, gone) - kSeen;
}

// Another instance of the same worker came after this one.
bool Sessions::is_replaced(uint32_t holder, const When& when, const Names& names) const {
  const Session* own = find(holder);
  const uint64_t came = own == nullptr || own->first <= started_.stamp ? 0 : own->first;
  const uint32_t worker = names.holder(holder).worker;
  for (uint32_t other = 0; other < sessions_.size(); ++other) {
    if (other == holder || names.holder(other).worker != worker) continue;
    const uint64_t first = sessions_[other].first;
    if (first > started_.stamp && first > came && first < when.stamp) return true;
  }
  return false;
}

Sessions::Begun Sessions::had_begun(uint32_t holder, LeaseToken token, const When& when) {
  Session& session = this->session(holder);
  if (session.loss != when.at.now.steady || session.at_loss.empty()) {
    session.loss = when.at.now.steady;
    session.at_loss.assign(session.held.all().begin(), session.held.all().end());
  }
  const auto place = std::lower_bound(session.at_loss.begin(), session.at_loss.end(), token);
  const auto older = static_cast<uint64_t>(place - session.at_loss.begin());
  if (session.width > 0 && older < session.width) return Begun::kYes;
  for (const Word& word : session.begun) {
    if (word.token != token || word.stamp >= when.stamp) continue;
    // Heartbeats are not journaled: a server that restarted since may not have heard it.
    return word.stamp > started_.stamp ? Begun::kYes : Begun::kUnknown;
  }
  // Where heartbeats name what has begun, one may be on its way that we have not placed.
  return session.width == 0 || session.tells_begun ? Begun::kUnknown : Begun::kNo;
}

bool Sessions::may_have_left_out(uint32_t holder, LeaseToken token, uint64_t leased,
                                 const When& when) const {
  const Session* session = find(holder);
  if (session == nullptr) return false;
  if (!session->tells_held) {
    const Contact* contact = last_before(*session, when.stamp);
    return contact != nullptr && contact->stamp > leased;
  }
  return std::any_of(session->omitted.begin(), session->omitted.end(), [&](const Word& word) {
    return word.token == token && word.stamp < when.stamp;
  });
}

}  // namespace muster::sim
