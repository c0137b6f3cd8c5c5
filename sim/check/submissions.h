// Submissions: what clients asked to exist, what does, and what they were told. By id, also after
// the job was removed.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "model/error.h"
#include "model/job.h"
#include "sim/check/clock.h"
#include "sim/check/fact.h"
#include "sim/check/flat_index.h"
#include "sim/check/violations.h"

namespace muster::sim {

// One id. (What is asked for without an id stands under a key of its content.)
struct IdEntry {
  std::string id;
  uint64_t key = 0;
  uint64_t content = 0;                  // of the newest job under this id
  JobSeq job;                            // none: there is none (any more)
  uint32_t requests = FlatIndex::kNone;  // first of its chain
  uint32_t links = FlatIndex::kNone;     // first of its chain
  uint32_t sends = 0;
  uint32_t refusals = 0;
  uint32_t creations = 0;
  uint32_t told_new = 0;  // answers "accepted" that were no duplicates
  uint32_t visited = 0;   // states that a job of this id was ever in, as bits 1 << JobState
  bool named = false;
  bool deletion_asked = false;
  bool cancel_asked = false;
  bool retry_asked = false;
  bool cancel_marked = false;  // a running job of this id was marked for cancelling
  bool requeued = false;
  uint64_t status_asked = 0;  // stamp of the first status request that may still be unanswered
  uint32_t status_open = 0;
  uint64_t created_stamp = 0;  // when the newest job was known to be settled
  uint32_t removals = 0;
  uint64_t removal_number = 0;  // among those of named jobs
  Mark removed;
  WallTime removed_wall;
};

class Submissions {
 public:
  explicit Submissions(Violations& violations) : violations_(violations) {}

  void announced(const JobSpec& job, uint64_t group, bool atomic);
  void accepted(std::string_view job_id, uint64_t content, bool duplicate);
  void refused(std::string_view job_id, ErrorCode code);

  // A settled JobSubmitted; returns the number of its entry.
  uint32_t created(const NewJob& job, const When& when);
  void removed(uint32_t entry, const When& when);

  // `group` is carried by a completion under this token, as was the group numbered `before` (or
  // none). Returns the group's number.
  uint32_t carried(uint64_t group, LeaseToken token, uint32_t before);
  // That completion took place. `surely`: with the follow-ups, and not sent without them as well.
  void completed(uint32_t group_number, bool surely);

  // All events of some commits are in: groups and follow-ups must be whole.
  void commit_ended();

  void saw_wall(WallTime wall) { newest_wall_ = std::max(newest_wall_, wall); }
  IdEntry* find(std::string_view job_id);
  IdEntry& entry(uint32_t number) { return entries_[number]; }
  const IdEntry& entry(uint32_t number) const { return entries_[number]; }

 private:
  struct Request {  // one content that was asked for under an id
    uint64_t asked = 0;
    uint64_t content = 0;
    uint32_t next = FlatIndex::kNone;
  };
  struct Link {  // an id was sent in a group
    uint32_t group = 0;
    uint32_t next = FlatIndex::kNone;
  };
  struct Group {
    uint64_t name = 0;
    uint32_t members = 0;
    uint32_t existing = 0;  // members that were created
    bool atomic = false;
    bool carried = false;    // by a completion
    bool completed = false;  // which took place
    LeaseToken token;
    uint32_t before = FlatIndex::kNone;  // another one that the same completion was sent with
  };

  uint32_t entry_of(uint64_t key, std::string_view id);
  uint32_t group_of(uint64_t name, bool atomic);
  void link(IdEntry& entry, uint64_t group, bool atomic);
  void count_in_groups(IdEntry& entry);
  void judge_asked(const NewJob& job, const When& when);
  void judge_reuse(const IdEntry& entry, const NewJob& job, const When& when);
  void judge_whole(uint32_t entry);
  bool may_conflict(const IdEntry& entry) const;
  void forget_oldest();

  Violations& violations_;
  FlatIndex index_;
  FlatIndex group_index_;
  std::deque<IdEntry> entries_;  // grows without moving
  std::vector<uint32_t> free_entries_;
  std::vector<Request> requests_;
  std::vector<uint32_t> free_requests_;
  std::vector<Link> links_;
  std::vector<uint32_t> free_links_;
  std::vector<Group> groups_;
  std::vector<uint32_t> fresh_;  // entries created since the last commit's end
  std::vector<uint32_t> completed_groups_;
  struct Gone {
    uint32_t entry = 0;
    uint32_t removals = 0;
  };
  std::deque<Gone> gone_;  // removed, oldest first
  uint64_t named_removals_ = 0;
  WallTime newest_wall_;
};

}  // namespace muster::sim
