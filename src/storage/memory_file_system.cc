#include "storage/memory_file_system.h"

#include <fmt/core.h>

#include <algorithm>

#include "base/hash.h"

namespace muster::storage {
namespace {

constexpr uint64_t kSectorBytes = 512;

StorageError io_error(std::string_view what, const std::string& path) {
  return {StorageErrorKind::kIo, fmt::format("{} {}: Input/output error", what, path)};
}
StorageError no_space(std::string_view what, const std::string& path) {
  return {StorageErrorKind::kNoSpace, fmt::format("{} {}: No space left on device", what, path)};
}
StorageError refused(std::string_view what, const std::string& path, std::string_view why) {
  return {StorageErrorKind::kIo, fmt::format("{} {}: {}", what, path, why)};
}

// The error of a call that a fault other than kShort strikes.
StorageError error_of(Fault fault, std::string_view what, const std::string& path) {
  return fault == Fault::kNoSpace ? no_space(what, path) : io_error(what, path);
}

// A coin per question, from one seed.
class Coin {
 public:
  explicit Coin(uint64_t seed) : seed_(seed) {}
  bool operator()() { return (mix64(seed_, ++thrown_) & 1) != 0; }

 private:
  uint64_t seed_;
  uint64_t thrown_ = 0;
};

}  // namespace

class MemoryFile final : public File {
 public:
  MemoryFile(MemoryFileSystem* files, std::shared_ptr<MemoryFileSystem::Node> node,
             std::string path)
      : files_(files), node_(std::move(node)), path_(std::move(path)), epoch_(files->epoch_) {}

  StorageResult<size_t> read(uint64_t offset, char* out, size_t size) override {
    const std::optional<Fault> fault = files_->count(MemoryFileSystem::CallKind::kOther);
    if (fault || dead()) return io_error("read of", path_);
    if (offset >= node_->live.size()) return size_t{0};
    return node_->live.copy(out, size, offset);
  }

  StorageResult<size_t> write(uint64_t offset, std::string_view bytes) override {
    const std::optional<Fault> fault = files_->count(MemoryFileSystem::CallKind::kWrite);
    if (dead()) return io_error("write to", path_);
    if (fault == Fault::kNoSpace) return no_space("write to", path_);
    if (fault == Fault::kShort) return put(offset, bytes.substr(0, (bytes.size() + 1) / 2));
    if (fault) {
      const StorageResult<size_t> torn = put(offset, bytes.substr(0, bytes.size() / 2));
      return io_error(torn.ok() ? "write to" : "write to full", path_);
    }
    return put(offset, bytes);
  }

  StorageResult<Unit> sync() override {
    const std::optional<Fault> fault = files_->count(MemoryFileSystem::CallKind::kNeedsRoom);
    if (fault) return error_of(*fault, "sync of", path_);
    if (dead()) return io_error("sync of", path_);
    MemoryFileSystem::sync_node(node_.get());
    return Unit{};
  }

  StorageResult<uint64_t> size() override {
    const std::optional<Fault> fault = files_->count(MemoryFileSystem::CallKind::kOther);
    if (fault || dead()) return io_error("stat of", path_);
    return uint64_t{node_->live.size()};
  }

 private:
  bool dead() const { return epoch_ != files_->epoch_; }

  StorageResult<size_t> put(uint64_t offset, std::string_view bytes) {
    std::string& live = node_->live;
    const uint64_t end = offset + bytes.size();
    // Only growth takes room: a file once written can be overwritten on a full disk.
    if (end > live.size()) {
      const uint64_t used = files_->used();
      const uint64_t room = files_->capacity_ > used ? files_->capacity_ - used : 0;
      if (live.size() + room <= offset) return no_space("write to", path_);
      live.resize(std::min(end, live.size() + room));
    }
    const std::string_view fitting = bytes.substr(0, live.size() - offset);
    std::copy(fitting.begin(), fitting.end(), live.begin() + static_cast<ptrdiff_t>(offset));
    node_->unsynced.push_back({offset, fitting.size()});
    return fitting.size();
  }

  MemoryFileSystem* files_;
  std::shared_ptr<MemoryFileSystem::Node> node_;
  std::string path_;
  uint64_t epoch_;
};

class MemoryLock final : public FileLock {
 public:
  MemoryLock(MemoryFileSystem* files, std::string path)
      : files_(files), path_(std::move(path)), epoch_(files->epoch_) {}
  ~MemoryLock() override {
    if (epoch_ == files_->epoch_) files_->locks_.erase(path_);
  }

 private:
  MemoryFileSystem* files_;
  std::string path_;
  uint64_t epoch_;
};

StorageResult<std::unique_ptr<File>> MemoryFileSystem::open(const std::string& path,
                                                            OpenMode mode) {
  const bool create = mode == OpenMode::kCreate;
  const std::optional<Fault> fault = count(create ? CallKind::kNeedsRoom : CallKind::kOther);
  if (fault) return error_of(*fault, "open", path);
  const auto found = names_.find(path);
  if (!create) {
    if (!exists(path, false)) return refused("open", path, "No such file");
    return std::unique_ptr<File>(std::make_unique<MemoryFile>(this, found->second, path));
  }
  if (found != names_.end()) return refused("open", path, "File exists");
  if (!exists(parent_directory(path), true)) return refused("open", path, "No such directory");
  auto node = std::make_shared<Node>();
  change({"", path, node});
  return std::unique_ptr<File>(std::make_unique<MemoryFile>(this, std::move(node), path));
}

StorageResult<Unit> MemoryFileSystem::rename(const std::string& from, const std::string& to) {
  CHECK(parent_directory(from) == parent_directory(to), "{} to {}", from, to);
  if (const std::optional<Fault> fault = count(CallKind::kNeedsRoom)) {
    return error_of(*fault, "rename", from);
  }
  if (!exists(from, false)) return refused("rename", from, "No such file");
  change({from, to, names_.at(from)});
  return Unit{};
}

StorageResult<Unit> MemoryFileSystem::remove(const std::string& path) {
  if (count(CallKind::kOther)) return io_error("remove", path);
  if (!exists(path, false)) return refused("remove", path, "No such file");
  change({"", path, nullptr});
  return Unit{};
}

StorageResult<std::vector<std::string>> MemoryFileSystem::list(const std::string& directory) {
  if (count(CallKind::kOther)) return io_error("list", directory);
  if (!exists(directory, true)) return refused("list", directory, "No such directory");
  std::vector<std::string> found;
  for (const auto& [path, node] : names_) {
    if (parent_directory(path) == directory)
      found.push_back(path.substr(path.find_last_of('/') + 1));
  }
  return found;
}

StorageResult<Unit> MemoryFileSystem::make_directory(const std::string& path) {
  if (const std::optional<Fault> fault = count(CallKind::kNeedsRoom)) {
    return error_of(*fault, "make directory", path);
  }
  if (exists(path, true)) return Unit{};
  if (exists(path, false)) return refused("make directory", path, "File exists");
  if (!exists(parent_directory(path), true)) {
    return refused("make directory", path, "No such directory");
  }
  auto node = std::make_shared<Node>();
  node->directory = true;
  change({"", path, std::move(node)});
  return Unit{};
}

StorageResult<Unit> MemoryFileSystem::sync_directory(const std::string& path) {
  if (const std::optional<Fault> fault = count(CallKind::kNeedsRoom)) {
    return error_of(*fault, "sync of", path);
  }
  if (!exists(path, true)) return refused("sync of", path, "No such directory");
  std::vector<Change> others;
  for (Change& pending : changes_) {
    if (parent_directory(pending.to) == path) {
      apply(pending, &durable_);
    } else {
      others.push_back(std::move(pending));
    }
  }
  changes_ = std::move(others);
  return Unit{};
}

StorageResult<uint64_t> MemoryFileSystem::free_space(const std::string& path) {
  if (count(CallKind::kOther)) return io_error("free space of", path);
  const uint64_t taken = used();
  return capacity_ > taken ? capacity_ - taken : 0;
}

StorageResult<std::unique_ptr<FileLock>> MemoryFileSystem::lock(const std::string& path) {
  if (const std::optional<Fault> fault = count(CallKind::kNeedsRoom)) {
    return error_of(*fault, "lock", path);
  }
  if (!exists(parent_directory(path), true)) return refused("lock", path, "No such directory");
  if (!locks_.insert(path).second) {
    return StorageError{StorageErrorKind::kInUse, fmt::format("{} is locked", path)};
  }
  if (!exists(path, false)) change({"", path, std::make_shared<Node>()});
  return std::unique_ptr<FileLock>(std::make_unique<MemoryLock>(this, path));
}

void MemoryFileSystem::fail_at(uint64_t call, Fault fault, bool from_then_on) {
  plan_ = Plan{call, fault, from_then_on};
}

void MemoryFileSystem::crash() {
  for (auto& [path, node] : durable_) {
    node->live = node->synced;
    node->unsynced.clear();
  }
  power_cut();
}

void MemoryFileSystem::crash_keeping_some(uint64_t seed) {
  Coin kept(seed);
  // A later change may survive an earlier one: harsher than file systems with a log of their own.
  for (const Change& pending : changes_) {
    if (kept()) apply(pending, &durable_);
  }
  for (auto& [path, node] : durable_) {
    std::set<uint64_t> sectors;
    for (const Range& range : node->unsynced) {
      if (range.size == 0) continue;
      // Sectors are written whole: one holds all of a write's bytes or none of them.
      const uint64_t last = (range.offset + range.size - 1) / kSectorBytes;
      for (uint64_t s = range.offset / kSectorBytes; s <= last; ++s) sectors.insert(s);
    }
    for (uint64_t sector : sectors) {
      if (!kept()) continue;
      const uint64_t from = sector * kSectorBytes;
      const std::string bytes = node->live.substr(from, kSectorBytes);
      if (node->synced.size() < from + bytes.size()) node->synced.resize(from + bytes.size());
      node->synced.replace(from, bytes.size(), bytes);
    }
    node->live = node->synced;
    node->unsynced.clear();
  }
  power_cut();
}

std::string* MemoryFileSystem::bytes_of(const std::string& path) {
  return exists(path, false) ? &names_.at(path)->live : nullptr;
}

std::optional<Fault> MemoryFileSystem::count(CallKind kind) {
  ++calls_;
  if (!plan_) return std::nullopt;
  if (plan_->from_then_on ? calls_ < plan_->at_call : calls_ != plan_->at_call) return std::nullopt;
  if (plan_->fault == Fault::kShort && kind != CallKind::kWrite) return std::nullopt;
  if (plan_->fault == Fault::kNoSpace && kind == CallKind::kOther) return std::nullopt;
  return plan_->fault;
}

bool MemoryFileSystem::exists(const std::string& path, bool directory) const {
  if (path == "/" || path == ".") return directory;
  const auto found = names_.find(path);
  return found != names_.end() && found->second->directory == directory;
}

void MemoryFileSystem::change(Change change) {
  apply(change, &names_);
  changes_.push_back(std::move(change));
}

void MemoryFileSystem::apply(const Change& change, Names* names) {
  if (change.node == nullptr) {
    names->erase(change.to);
    return;
  }
  // A rename of a name that is not there: its own making was lost, and so is this.
  if (!change.from.empty() && names->erase(change.from) == 0) return;
  (*names)[change.to] = change.node;
}

void MemoryFileSystem::sync_node(Node* node) {
  node->synced.resize(node->live.size());
  for (const Range& range : node->unsynced) {
    node->live.copy(node->synced.data() + range.offset, range.size, range.offset);
  }
  node->unsynced.clear();
}

void MemoryFileSystem::power_cut() {
  // A name whose directory was lost is lost with it; names are sorted, so directories come first.
  names_.clear();
  for (const auto& [path, node] : durable_) {
    if (exists(parent_directory(path), true)) names_.emplace(path, node);
  }
  durable_ = names_;
  changes_.clear();
  locks_.clear();
  plan_.reset();
  ++epoch_;
}

uint64_t MemoryFileSystem::used() const {
  uint64_t total = 0;
  for (const auto& [path, node] : names_) total += node->live.size();
  return total;
}

}  // namespace muster::storage
