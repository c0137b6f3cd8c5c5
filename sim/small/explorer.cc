#include "sim/small/explorer.h"

#include <algorithm>
#include <boost/unordered/unordered_flat_map.hpp>
#include <map>
#include <optional>
#include <random>

#include "sim/small/world.h"

namespace muster::sim::small {
namespace {

// A state, and how it was first reached.
struct Node {
  uint32_t parent = 0;
  uint32_t targets = 0;  // where its moves lead: from here on in targets_
  Move move;
  bool ended = false;  // every accepted job has
};

struct Target {
  uint32_t to = 0;
  bool faultless = false;
};

// A state that was met again, by another path.
struct Merge {
  uint32_t from = 0;
  Move move;
  uint32_t to = 0;
};

class Explorer {
 public:
  Explorer(const Configuration& configuration, const ExplorerOptions& options)
      : config_(configuration), options_(options), random_(options.seed) {}

  Exploration run() {
    World start(config_);
    keys_.push_back(start.key());
    index_.emplace(keys_.front(), 0);
    nodes_.push_back({0, 0, {}, true});
    uint32_t next = 0;
    for (; next < nodes_.size() && result_.broken.empty(); ++next) {
      if (next % 64 == 0 && std::chrono::steady_clock::now() > options_.until) break;
      if (nodes_.size() > options_.most_states) break;
      expand(next);
    }
    result_.states = nodes_.size();
    result_.complete = next == nodes_.size() && result_.broken.empty();
    if (result_.complete) check_ends();
    for (const Merge& merge : merges_) {
      if (result_.broken.empty()) check_merge(merge);
    }
    return std::move(result_);
  }

 private:
  std::vector<Move> path_to(uint32_t node) const {
    std::vector<Move> path;
    for (; node != 0; node = nodes_[node].parent) path.push_back(nodes_[node].move);
    std::reverse(path.begin(), path.end());
    return path;
  }

  void reach(const std::vector<Move>& path) {
    world_.emplace(config_);
    for (const Move& move : path) world_->make(move);
  }

  void expand(uint32_t from) {
    path_ = path_to(from);
    reach(path_);
    nodes_[from].targets = static_cast<uint32_t>(targets_.size());
    bool used = false;
    for (const Move& move : world_->moves()) {
      if (used) reach(path_);
      path_.push_back(move);
      if (options_.about_to) options_.about_to(path_);
      world_->make(move);
      ++result_.transitions;
      const uint64_t key = world_->key();
      if (!judge()) return;
      used = key != keys_[from];  // a move that changes nothing leaves the world as good as new
      const bool finished = arrive({from, move, 0}, key);
      used = used || finished;
      if (!result_.broken.empty()) return;
      path_.pop_back();
    }
  }

  // True: the world was run to its end.
  bool arrive(Merge edge, uint64_t key) {
    const auto [found, fresh] = index_.emplace(key, static_cast<uint32_t>(nodes_.size()));
    edge.to = found->second;
    const bool faultless =
        edge.move.verb < Verb::kResubmit && edge.move.ending == Ending::kAnswered;
    targets_.push_back({edge.to, faultless});
    if (!fresh) {
      if (edge.to != edge.from) remember(edge);
      return false;
    }
    nodes_.push_back({edge.from, 0, edge.move, world_->all_ended()});
    keys_.push_back(key);
    if ((edge.to + options_.seed) % options_.finish_one_in != 0) return false;
    ++result_.finished;
    world_->finish();
    if (!judge()) result_.broken += " (when faults have ended and a healthy worker goes on)";
    return true;
  }

  bool judge() {
    if (world_->broken().empty()) world_->inspect();
    if (world_->broken().empty()) return true;
    result_.broken = world_->broken();
    result_.path = path_;
    return false;
  }

  // Keeps a sample in which every merge has the same chance.
  void remember(const Merge& merge) {
    ++merged_;
    if (merges_.size() < options_.twice) return merges_.push_back(merge);
    const uint64_t place = random_() % merged_;
    if (place < merges_.size()) merges_[place] = merge;
  }

  // From every state moves without a fault lead to one where every accepted job has ended.
  void check_ends() {
    std::vector<std::pair<uint32_t, uint32_t>> backward;  // to, from
    for (uint32_t from = 0; from < nodes_.size(); ++from) {
      const size_t end = from + 1 < nodes_.size() ? nodes_[from + 1].targets : targets_.size();
      for (size_t edge = nodes_[from].targets; edge < end; ++edge) {
        if (targets_[edge].faultless) backward.emplace_back(targets_[edge].to, from);
      }
    }
    std::sort(backward.begin(), backward.end());
    std::vector<bool> ends(nodes_.size());
    std::vector<uint32_t> found;
    for (uint32_t node = 0; node < nodes_.size(); ++node) {
      ends[node] = nodes_[node].ended;
      if (ends[node]) found.push_back(node);
    }
    while (!found.empty()) {
      const uint32_t to = found.back();
      found.pop_back();
      auto edge = std::lower_bound(backward.begin(), backward.end(), std::pair(to, 0U));
      for (; edge != backward.end() && edge->first == to; ++edge) {
        if (ends[edge->second]) continue;
        ends[edge->second] = true;
        found.push_back(edge->second);
      }
    }
    const auto stuck = std::find(ends.begin(), ends.end(), false);
    if (stuck == ends.end()) return;
    result_.broken = "every job ends: from here no moves without a fault end all jobs";
    result_.path = path_to(static_cast<uint32_t>(stuck - ends.begin()));
  }

  // What can follow, by the state it leads to.
  std::multimap<uint64_t, Move> successors(const std::vector<Move>& path) {
    reach(path);
    std::multimap<uint64_t, Move> found;
    for (const Move& move : world_->moves()) {
      reach(path);
      world_->make(move);
      found.emplace(world_->broken().empty() ? world_->key() : 0, move);
    }
    return found;
  }

  // Two paths to one state: the same must be possible after both.
  void check_merge(const Merge& merge) {
    std::vector<Move> path = path_to(merge.from);
    path.push_back(merge.move);
    ++result_.twice;
    const auto here = successors(path);
    const auto there = successors(path_to(merge.to));
    const auto same = [](const auto& one, const auto& two) { return one.first == two.first; };
    if (std::equal(here.begin(), here.end(), there.begin(), there.end(), same)) return;
    result_.broken = "the explorer: two paths lead to states that count as one and are not";
    for (const auto& [key, move] : here) {
      if (here.count(key) != there.count(key)) result_.broken += "\n  here: " + text_of(move);
    }
    for (const auto& [key, move] : there) {
      if (here.count(key) != there.count(key)) result_.broken += "\n  there: " + text_of(move);
    }
    result_.broken += "\nThe other path:\n" + story(config_, path_to(merge.to));
    result_.path = path;
  }

  const Configuration& config_;
  const ExplorerOptions& options_;
  std::mt19937_64 random_;
  std::vector<Node> nodes_;
  std::vector<uint64_t> keys_;
  boost::unordered_flat_map<uint64_t, uint32_t> index_;
  std::vector<Target> targets_;
  std::vector<Merge> merges_;
  uint64_t merged_ = 0;
  std::optional<World> world_;
  std::vector<Move> path_;
  Exploration result_;
};

}  // namespace

Exploration explore(const Configuration& configuration, const ExplorerOptions& options) {
  return Explorer(configuration, options).run();
}

std::string story(const Configuration& configuration, const std::vector<Move>& path) {
  World world(configuration);
  world.tell();
  std::string text;
  int number = 0;
  for (const Move& move : path) {
    world.make(move);
    text += "  " + std::to_string(++number) + ". " + text_of(move);
    for (const std::string& told : world.told()) text += "\n       " + told;
    text += "\n";
    if (!world.broken().empty()) break;
  }
  return text;
}

}  // namespace muster::sim::small
