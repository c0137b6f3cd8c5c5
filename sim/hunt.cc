#include "sim/hunt.h"

#include <fmt/format.h>

#include <numeric>

namespace muster::sim {
namespace {

std::string_view rule_of(const std::string& violation) {
  return std::string_view(violation).substr(0, violation.find(':'));
}

bool same_rule(const Outcome& a, const Outcome& b) {
  return !a.violations.empty() && !b.violations.empty() &&
         rule_of(a.violations.front()) == rule_of(b.violations.front());
}

// Tries ever smaller plans and keeps what still fails.
class Shrinker {
 public:
  Shrinker(const Plan& plan, const Outcome& outcome, uint32_t most_runs)
      : wanted_(outcome), runs_left_(most_runs), all_(plan.faults) {
    best_.plan = plan;
    best_.outcome = outcome;
    best_.faults.resize(plan.faults.size());
    std::iota(best_.faults.begin(), best_.faults.end(), size_t{0});
  }

  Shrunk shrink() {
    shorten();
    while (drop_faults() || drop_people()) {
    }
    shorten();
    return std::move(best_);
  }

 private:
  bool try_plan(const Plan& plan, const std::vector<size_t>& faults) {
    if (runs_left_ == 0) return false;
    --runs_left_;
    Outcome outcome = World(plan).run();
    if (!same_rule(outcome, wanted_)) return false;
    best_ = {plan, faults, std::move(outcome)};
    return true;
  }

  void shorten() {
    for (const int64_t part : {1, 2, 4}) {  // eighths of the time
      Plan plan = best_.plan;
      plan.busy = plan.busy * part / 8;
      if (plan.busy > kSecond && try_plan(plan, best_.faults)) return;
    }
  }

  bool drop_faults() {
    for (size_t i = best_.faults.size(); i-- > 0;) {
      std::vector<size_t> faults = best_.faults;
      faults.erase(faults.begin() + static_cast<std::ptrdiff_t>(i));
      Plan plan = best_.plan;
      plan.faults.clear();
      for (const size_t fault : faults) plan.faults.push_back(all_[fault]);
      if (try_plan(plan, faults)) return true;
    }
    return false;
  }

  bool drop_people() {
    for (size_t role = 0; role < kRoles; ++role) {
      if (best_.plan.cast[role] == 0 || is_needed(static_cast<Role>(role))) continue;
      Plan plan = best_.plan;
      --plan.cast[role];
      if (try_plan(plan, best_.faults)) return true;
    }
    return false;
  }

  // Without workers no job ends, and that is nobody's fault.
  bool is_needed(Role role) const {
    const bool works = role == Role::kWorker || role == Role::kPlainWorker;
    return works && best_.plan.cast[static_cast<size_t>(role)] == 1;
  }

  const Outcome wanted_;
  uint32_t runs_left_;
  const std::vector<Fault> all_;
  Shrunk best_;
};

}  // namespace

void Totals::add(const Outcome& outcome) {
  ++worlds;
  if (!outcome.violations.empty()) ++failed;
  steps += outcome.steps;
  events += outcome.events;
  comparisons += outcome.comparisons;
  lives += outcome.lives;
  simulated += outcome.simulated;
  lively += outcome.lively;
  checked.events += outcome.checked.events;
  checked.leases += outcome.checked.leases;
  checked.acknowledged += outcome.checked.acknowledged;
  checked.stale_words += outcome.checked.stale_words;
  checked.double_executions += outcome.checked.double_executions;
  checked.restarts += outcome.checked.restarts;
  hash = mix64(hash, mix64(outcome.decided, outcome.said));
}

Shrunk shrink(const Plan& plan, const Outcome& outcome, uint32_t most_runs) {
  return Shrinker(plan, outcome, most_runs).shrink();
}

std::string replay_command(const Plan& plan, const std::vector<size_t>& faults) {
  const Plan whole = plan_of(plan.seed);
  std::string out = fmt::format("./dev sim --seed {}", plan.seed);
  if (plan.busy != whole.busy) out += fmt::format(" --busy-ms {}", plan.busy / kMillisecond);
  if (faults.size() != whole.faults.size()) {
    out += faults.empty() ? " --faults none" : fmt::format(" --faults {}", fmt::join(faults, ","));
  }
  std::string cast;
  for (size_t role = 0; role < kRoles; ++role) {
    if (plan.cast[role] == whole.cast[role]) continue;
    cast += fmt::format("{}{}={}", cast.empty() ? "" : ",", name(static_cast<Role>(role)),
                        plan.cast[role]);
  }
  if (!cast.empty()) out += " --cast " + cast;
  return out;
}

}  // namespace muster::sim
