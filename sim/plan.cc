#include "sim/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

namespace muster::sim {
namespace {

constexpr std::array<std::string_view, kFaultKinds> kFaultNames = {
    "kill",        "kill_in_call", "power_cut", "stop",   "pause",   "failed_call",
    "short_write", "disk_full",    "wall_jump", "resets", "silence", "half_open"};
constexpr std::array<std::string_view, kRoles> kRoleNames = {
    "producer", "worker", "zombie", "crasher", "plain_worker", "operator", "hostile"};

constexpr int64_t kTenYearsMs = int64_t{3'652} * 24 * 3'600 * 1'000;

int64_t amount_of(FaultKind kind, Random& random) {
  switch (kind) {
    case FaultKind::kKill:
    case FaultKind::kKillInCall:
    case FaultKind::kPowerCut:
    case FaultKind::kStop:
      return random.chance(800) ? random.between(20, 2'000) * kMillisecond
                                : random.between(2, 40) * kSecond;
    case FaultKind::kPause:
      return random.chance(500) ? random.between(300, 3'000) * kMillisecond
                                : random.between(5, 120) * kSecond;
    case FaultKind::kFailedCall:
    case FaultKind::kShortWrite:
      return random.between(0, 20);
    case FaultKind::kDiskFull:
      return random.between(200, 8'000) * kMillisecond;
    case FaultKind::kWallJump:
      if (random.chance(300)) return random.between(-1, 1) * kTenYearsMs;
      return random.between(-90'000, 90'000);
    case FaultKind::kResets:
    case FaultKind::kHalfOpen:
      return random.between(100, 1'000);
    case FaultKind::kSilence:
      return random.chance(700) ? random.between(200, 6'000) * kMillisecond
                                : random.between(8, 30) * kSecond;
  }
  return 0;
}

// Which faults a world knows: a few kinds each, so that their combinations differ from seed to
// seed; some worlds have none.
std::vector<Fault> faults_of(Plan& plan, Random& random) {
  std::vector<FaultKind> known;
  const uint32_t share = random.chance(100) ? 0 : static_cast<uint32_t>(random.between(150, 600));
  for (size_t kind = 0; kind < kFaultKinds; ++kind) {
    const auto fault = static_cast<FaultKind>(kind);
    // What was only written is lost with the power: async durability promises nothing there.
    const bool fits = plan.durability == server::Durability::kSync ||
                      (fault != FaultKind::kPowerCut && fault != FaultKind::kFailedCall);
    if (random.chance(share) && fits) known.push_back(fault);
  }
  std::vector<Fault> faults;
  if (known.empty()) return faults;
  const int64_t count = random.between(1, 12);
  for (int64_t i = 0; i < count; ++i) {
    const FaultKind kind = known[random.below(known.size())];
    faults.push_back({random.between(kSecond / 10, plan.busy), kind, amount_of(kind, random)});
  }
  std::sort(faults.begin(), faults.end(),
            [](const Fault& a, const Fault& b) { return a.at < b.at; });
  return faults;
}

template <class Number>
std::optional<Number> number(std::string_view text) {
  Number value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string_view take_item(std::string_view* text) {
  const size_t comma = text->find(',');
  const std::string_view item = text->substr(0, comma);
  text->remove_prefix(comma == std::string_view::npos ? text->size() : comma + 1);
  return item;
}

}  // namespace

std::string_view name(FaultKind kind) { return kFaultNames[static_cast<size_t>(kind)]; }
std::string_view name(Role role) { return kRoleNames[static_cast<size_t>(role)]; }

Plan plan_of(uint64_t seed) {
  Random random(seed);
  Plan plan;
  plan.seed = seed;
  plan.busy = random.between(20, 90) * kSecond;
  if (random.chance(150)) plan.durability = server::Durability::kAsync;
  const auto some = [&](Role role, int64_t least, int64_t most) {
    plan.cast[static_cast<size_t>(role)] = static_cast<uint32_t>(random.between(least, most));
  };
  some(Role::kProducer, 1, 4);
  some(Role::kWorker, 1, 4);
  some(Role::kZombie, 0, 1);
  some(Role::kCrasher, 0, 1);
  some(Role::kPlainWorker, 0, 2);
  some(Role::kOperator, 0, 1);
  some(Role::kHostile, 0, 1);
  if (random.chance(300)) plan.weather = {100, 40 * kMillisecond, 300};
  if (random.chance(300)) plan.sync_pace = {2 * kMillisecond, 20 * kMillisecond, 10};
  plan.checkpoint_jobs = size_t{1} << random.between(4, 11);
  plan.finished_kept = static_cast<size_t>(random.between(5, 200));
  plan.most_jobs = plan.finished_kept * 2 + static_cast<size_t>(random.between(20, 400));
  plan.queues = static_cast<uint32_t>(random.between(1, 3));
  plan.batch = static_cast<uint32_t>(random.chance(300) ? 1 : random.between(2, 60));
  plan.submit_every = random.between(40, 400) * kMillisecond;
  plan.odd_jobs = static_cast<uint32_t>(random.between(0, 500));
  plan.poison = random.chance(300) ? 20 : 0;
  plan.faults = faults_of(plan, random);
  return plan;
}

Expected<Unit, std::string> change_cast(std::string_view text, Plan* plan) {
  while (!text.empty()) {
    const std::string_view item = take_item(&text);
    const size_t equals = item.find('=');
    const auto role = std::find(kRoleNames.begin(), kRoleNames.end(), item.substr(0, equals));
    if (equals == std::string_view::npos || role == kRoleNames.end()) {
      return fmt::format("--cast: '{}' is not ROLE=NUMBER with one of {}", item,
                         fmt::join(kRoleNames, ", "));
    }
    const auto count = number<uint32_t>(item.substr(equals + 1));
    if (!count || *count > 1'000) return fmt::format("--cast: '{}': 0 to 1000 of them", item);
    plan->cast[role - kRoleNames.begin()] = *count;
  }
  return Unit{};
}

Expected<Unit, std::string> keep_faults(std::string_view text, Plan* plan) {
  std::vector<Fault> kept;
  while (!text.empty() && text != "none") {
    const std::string_view item = take_item(&text);
    const auto index = number<size_t>(item);
    if (!index || *index >= plan->faults.size()) {
      return fmt::format("--faults: '{}' is none of the {} faults of seed {}, numbered from 0",
                         item, plan->faults.size(), plan->seed);
    }
    kept.push_back(plan->faults[*index]);
  }
  plan->faults = std::move(kept);
  return Unit{};
}

std::string describe(const Plan& plan) {
  std::string out =
      fmt::format("seed {}: busy for {} s, {}, a checkpoint each {} jobs\ncast:", plan.seed,
                  plan.busy / kSecond, server::name(plan.durability), plan.checkpoint_jobs);
  for (size_t role = 0; role < kRoles; ++role) {
    out += fmt::format(" {}={}", kRoleNames[role], plan.cast[role]);
  }
  out += '\n';
  for (size_t i = 0; i < plan.faults.size(); ++i) {
    const Fault& fault = plan.faults[i];
    out += fmt::format("fault {} at {:.3f} s: {} {}\n", i, static_cast<double>(fault.at) / kSecond,
                       name(fault.kind), fault.amount);
  }
  return out;
}

}  // namespace muster::sim
