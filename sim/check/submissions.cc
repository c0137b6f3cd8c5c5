#include "sim/check/submissions.h"

#include <algorithm>

#include "base/hash.h"
#include "sim/check/checkers.h"
#include "sim/check/names.h"

namespace muster::sim {
namespace {

constexpr uint32_t kNone = FlatIndex::kNone;
constexpr uint32_t kNoGroup = kNone - 1;  // sent alone: owes nothing to others

// Jobs without an id are looked for by what they are.
uint64_t nameless_key(uint64_t asked) { return mix64(asked, 0x6E616D656C657373); }

// The server's own form: j-<number>.
bool is_server_name(std::string_view id) {
  if (id.size() < 3 || !id.starts_with("j-")) return false;
  return id.find_first_not_of("0123456789", 2) == std::string_view::npos;
}

template <class Pool>
uint32_t take(Pool& pool, std::vector<uint32_t>& free) {
  if (free.empty()) {
    pool.emplace_back();
    return static_cast<uint32_t>(pool.size() - 1);
  }
  const uint32_t number = free.back();
  free.pop_back();
  pool[number] = {};
  return number;
}

template <class T>
void give_back_chain(std::vector<T>& pool, std::vector<uint32_t>& free, uint32_t first) {
  for (; first != kNone; first = pool[first].next) free.push_back(first);
}

}  // namespace

uint32_t Submissions::entry_of(uint64_t key, std::string_view id) {
  uint32_t& number = index_.at(key);
  if (number == kNone) {
    number = take(entries_, free_entries_);
    entries_[number].key = key;
    entries_[number].id = id;
  }
  return number;
}

IdEntry* Submissions::find(std::string_view job_id) {
  const uint32_t number = index_.find(id_key(job_id));
  return number == kNone ? nullptr : &entries_[number];
}

void Submissions::announced(const JobSpec& job, uint64_t group, bool atomic) {
  const uint64_t content = content_of(job.queue, job.job_type, job.body);
  const uint64_t asked = everything_of(job, content);
  const uint64_t key = job.id.empty() ? nameless_key(asked) : id_key(job.id);
  IdEntry& entry = entries_[entry_of(key, job.id)];
  entry.named = !job.id.empty();
  ++entry.sends;
  link(entry, group, atomic);
  for (uint32_t i = entry.requests; i != kNone; i = requests_[i].next) {
    if (requests_[i].asked == asked) return;
  }
  const uint32_t request = take(requests_, free_requests_);
  requests_[request] = {asked, content, entry.requests};
  entry.requests = request;
}

uint32_t Submissions::group_of(uint64_t name, bool atomic) {
  if (name == 0) return kNoGroup;
  if (!groups_.empty() && groups_.back().name == name) return uint32_t(groups_.size() - 1);
  uint32_t& number = group_index_.at(mix64(name, 1));
  if (number == kNone) {
    number = static_cast<uint32_t>(groups_.size());
    groups_.push_back({});
    groups_.back().name = name;
    groups_.back().atomic = atomic;
  }
  return number;
}

// Sent again in the same group: it is a member already.
void Submissions::link(IdEntry& entry, uint64_t group, bool atomic) {
  const uint32_t number = group_of(group, atomic);
  for (uint32_t i = entry.links; i != kNone; i = links_[i].next) {
    if (links_[i].group == number) return;
  }
  const uint32_t made = take(links_, free_links_);
  links_[made] = {number, entry.links};
  entry.links = made;
  if (number == kNoGroup) return;
  ++groups_[number].members;
  if (entry.creations > 0) ++groups_[number].existing;
}

void Submissions::accepted(std::string_view job_id, uint64_t content, bool duplicate) {
  IdEntry* entry = find(job_id);
  if (entry == nullptr || entry->creations == 0) {
    violations_.add("acknowledged", "job {} was acknowledged, and is not on disk", job_id);
    return;
  }
  if (entry->content != content) {
    violations_.add("content", "job {} was acknowledged to one who sent other content", job_id);
  }
  if (duplicate) return;
  if (++entry->told_new > entry->creations) {
    violations_.add("duplicate", "job {} was acknowledged as new {} times, created {} times",
                    job_id, entry->told_new, entry->creations);
  }
}

void Submissions::refused(std::string_view job_id, ErrorCode code) {
  IdEntry* entry = job_id.empty() ? nullptr : find(job_id);
  if (entry == nullptr || entry->refusals >= entry->sends) return;
  if (code == ErrorCode::kConflict && !may_conflict(*entry)) {
    violations_.add("conflict", "job {} was refused as a conflict, and never had other content",
                    job_id);
  }
  if (++entry->refusals < entry->sends || entry->creations == 0) return;
  violations_.add("refused", "job {} exists, and every sending of it was refused, last with {}",
                  job_id, info(code).name);
}

// Only one content was ever sent under this id, and never together with other jobs, whose conflict
// it might have been.
bool Submissions::may_conflict(const IdEntry& entry) const {
  for (uint32_t i = entry.links; i != kNone; i = links_[i].next) {
    if (links_[i].group != kNoGroup && groups_[links_[i].group].members > 1) return true;
  }
  return entry.requests == kNone || requests_[entry.requests].next != kNone;
}

uint32_t Submissions::created(const NewJob& job, const When& when) {
  judge_asked(job, when);
  const uint32_t number = entry_of(job.id_key, job.id);
  IdEntry& entry = entries_[number];
  judge_reuse(entry, job, when);
  entry.named = job.named;
  entry.content = job.content;
  entry.job = job.job;
  entry.created_stamp = when.stamp;
  if (entry.creations++ == 0 && job.named) count_in_groups(entry);
  if (job.named) fresh_.push_back(number);
  return number;
}

void Submissions::count_in_groups(IdEntry& entry) {
  for (uint32_t i = entry.links; i != kNone; i = links_[i].next) {
    if (links_[i].group != kNoGroup) ++groups_[links_[i].group].existing;
  }
}

// Nothing exists that nobody asked for, and it is what was asked.
void Submissions::judge_asked(const NewJob& job, const When& when) {
  if (!job.named) {
    if (!is_server_name(job.id)) {
      violations_.add("asked", "event {}: a job that nobody named is called {}",
                      when.sequence.value(), job.id);
    }
    const uint32_t number = index_.find(nameless_key(job.asked));
    if (number == kNone || entries_[number].creations >= entries_[number].sends) {
      violations_.add("asked", "event {}: job {} without a name was not asked for, or not as often",
                      when.sequence.value(), job.id);
      return;
    }
    IdEntry& nameless = entries_[number];
    if (nameless.creations++ == 0) count_in_groups(nameless);
    fresh_.push_back(number);
    return;
  }
  const uint32_t number = index_.find(job.id_key);
  if (number == kNone || entries_[number].sends == 0) {
    violations_.add("asked", "event {}: nobody asked for job {}", when.sequence.value(), job.id);
    return;
  }
  const IdEntry& entry = entries_[number];
  if (entry.refusals >= entry.sends) {
    violations_.add("refused", "event {}: job {} was created, and every sending of it was refused",
                    when.sequence.value(), job.id);
  }
  bool same_content = false;
  for (uint32_t i = entry.requests; i != kNone; i = requests_[i].next) {
    if (requests_[i].asked == job.asked) return;
    same_content = same_content || requests_[i].content == job.content;
  }
  violations_.add("content", "event {}: job {} was created with other {} than was asked for",
                  when.sequence.value(), job.id, same_content ? "options" : "queue, type or body");
}

// One job for one id: the next only when the one before was removed and may be forgotten.
void Submissions::judge_reuse(const IdEntry& entry, const NewJob& job, const When& when) {
  if (entry.creations == 0) return;
  if (entry.job) {
    violations_.add("one-job", "event {}: job {} was created as {}, and exists as {}",
                    when.sequence.value(), job.id, job.job.value(), entry.job.value());
    return;
  }
  if (!entry.named) return;
  const bool crowded_out = named_removals_ - entry.removal_number >= limits::kIdsRemembered;
  const bool aged = newest_wall_ - entry.removed_wall >= limits::kIdsRememberedAge ||
                    may_be_over(entry.removed, limits::kIdsRememberedAge, when.at);
  if (crowded_out || aged) return;
  violations_.add("id-memory", "event {}: job {} was created again {} ms after its removal",
                  when.sequence.value(), job.id, (when.at.now.wall - entry.removed_wall).ms());
}

void Submissions::removed(uint32_t number, const When& when) {
  IdEntry& entry = entries_[number];
  entry.job = {};
  ++entry.removals;
  entry.removed = Mark::of(when.at);
  entry.removed_wall = when.at.now.wall;
  if (entry.named) entry.removal_number = ++named_removals_;
  gone_.push_back({number, entry.removals});
  forget_oldest();
}

// The server forgets ids, and so do we, later: memory is bounded by what lives.
void Submissions::forget_oldest() {
  while (gone_.size() > 2 * limits::kIdsRemembered) {
    const Gone gone = gone_.front();
    gone_.pop_front();
    IdEntry& entry = entries_[gone.entry];
    if (entry.job || entry.removals != gone.removals) continue;
    give_back_chain(requests_, free_requests_, entry.requests);
    give_back_chain(links_, free_links_, entry.links);
    index_.erase(entry.key);
    entry = IdEntry();
    free_entries_.push_back(gone.entry);
  }
}

uint32_t Submissions::carried(uint64_t group, LeaseToken token, uint32_t before) {
  const uint32_t number = group_of(group, false);
  groups_[number].carried = true;
  groups_[number].token = token;
  if (before != number) groups_[number].before = before;
  return number;
}

void Submissions::completed(uint32_t group_number, bool surely) {
  const bool only = groups_[group_number].before == kNone;
  if (surely && only) completed_groups_.push_back(group_number);
  for (uint32_t i = group_number; i != kNone && !groups_[i].completed; i = groups_[i].before) {
    groups_[i].completed = true;
  }
}

void Submissions::commit_ended() {
  for (uint32_t entry : fresh_) judge_whole(entry);
  fresh_.clear();
  for (uint32_t number : completed_groups_) {
    const Group& group = groups_[number];
    if (group.existing == group.members) continue;
    violations_.add("follow-ups", "the completion under token {} took place, and {} of its {} jobs",
                    group.token.value(), group.existing, group.members);
  }
  completed_groups_.clear();
}

// A job that was created may be there if one of its sendings explains it.
void Submissions::judge_whole(uint32_t number) {
  const IdEntry& entry = entries_[number];
  const Group* broken = nullptr;
  for (uint32_t i = entry.links; i != kNone; i = links_[i].next) {
    if (links_[i].group == kNoGroup) return;
    const Group& group = groups_[links_[i].group];
    if (group.carried ? group.completed : !group.atomic || group.existing == group.members) return;
    broken = &group;
  }
  if (broken == nullptr) return;  // nobody asked for it, which was said
  if (broken->carried) {
    violations_.add("follow-ups", "job {} exists, and the completion under token {} does not",
                    entry.id, broken->token.value());
  } else {
    violations_.add("atomic", "job {} exists, but only {} of the {} jobs sent with it", entry.id,
                    broken->existing, broken->members);
  }
}

}  // namespace muster::sim
